/** Functions of the servers, their plugins and common extensions that write; the others that come with them only read. */
const writers: ReadonlySet<string> = new Set(
  `NEXTVAL SETVAL
  SYS_EXEC SYS_EVAL SYS_SET
  SET_FIREWALL_MODE SET_FIREWALL_GROUP_MODE FIREWALL_GROUP_ENLIST FIREWALL_GROUP_DELIST
  VERSION_TOKENS_SET VERSION_TOKENS_EDIT VERSION_TOKENS_DELETE
  VERSION_TOKENS_LOCK_SHARED VERSION_TOKENS_LOCK_EXCLUSIVE VERSION_TOKENS_UNLOCK
  SERVICE_GET_READ_LOCKS SERVICE_GET_WRITE_LOCKS SERVICE_RELEASE_LOCKS
  KEYRING_KEY_GENERATE KEYRING_KEY_STORE KEYRING_KEY_REMOVE
  MROONGA_COMMAND`.split(/\s+/),
)

const writerFamilies =
  /^(?:GROUP_REPLICATION_|ASYNCHRONOUS_CONNECTION_FAILOVER_|AUDIT_LOG_|MASKING_DICTIONAR|SPIDER_|WSREP_)/

/** Named locks belong to the session. */
const keepers: ReadonlySet<string> = new Set(['GET_LOCK', 'RELEASE_LOCK', 'RELEASE_ALL_LOCKS'])

/** Functions that only compute. */
const computing: ReadonlySet<string> = new Set(
  `ABS ADDDATE ADDTIME BIT_LENGTH CAST CEIL CEILING CHAR CHAR_LENGTH COALESCE CONCAT CONCAT_WS CONNECTION_ID CONVERT
  CONVERT_TZ COUNT CURDATE CURRENT_TIMESTAMP CURRENT_USER CURTIME DATABASE DATE DATE_ADD DATE_FORMAT DATE_SUB
  FIND_IN_SET FLOOR FOUND_ROWS FROM_UNIXTIME GET_LOCK GREATEST HEX IF IFNULL INSTR IS_FREE_LOCK IS_USED_LOCK
  JSON_ARRAY JSON_EXTRACT JSON_OBJECT LAST_INSERT_ID LEAST LEFT LENGTH LOCATE LOWER LPAD LTRIM MAX MD5 MIN MOD NOW
  NULLIF POW RAND RELEASE_ALL_LOCKS RELEASE_LOCK REPEAT REPLACE REVERSE RIGHT ROUND ROW_COUNT RPAD RTRIM SHA1 SHA2
  SIGN SLEEP SUBSTR SUBSTRING SUBSTRING_INDEX SUM SYSDATE TIMESTAMP TIMESTAMPDIFF TRIM TRUNCATE UNHEX UNIX_TIMESTAMP
  UPPER USER UTC_TIMESTAMP UUID VERSION`.split(/\s+/),
)

/** Reserved words that stand before a bracket and call nothing. */
const operators: ReadonlySet<string> = new Set(
  'ALL AND BY DISTINCT DIV EXISTS FROM IN NOT ON OR SELECT THEN ELSE WHEN WHERE XOR'.split(' '),
)

/** True when a call of the function, named in capitals, is known to write. */
export function callWrites(name: string): boolean {
  return writers.has(name) || writerFamilies.test(name)
}

/** True when a call of it leaves something in the session. */
export function callKeeps(name: string): boolean {
  return keepers.has(name)
}

/** True when a call of it does nothing but compute, or keeps something in the session that callKeeps knows of. */
export function callComputes(name: string): boolean {
  return computing.has(name)
}

/** True when a bracket after this word is no call. */
export function opensBrackets(word: string): boolean {
  return operators.has(word)
}
