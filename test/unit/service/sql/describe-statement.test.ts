import { describe, expect, it } from 'vitest'
import { describeStatement } from '../../../../src/service/sql/describe-statement.ts'
import type { TransactionEffect } from '../../../../src/service/sql/statement-traits.ts'

const writeFunctions = new Set(['next_number', 'touch'])
const describeWith = (sql: string) => describeStatement(sql, { writeFunctions })

const plainRead = { mayWrite: false, transaction: 'none', leavesState: false, several: false }
const unclear = { mayWrite: true, transaction: 'unclear', leavesState: true }

describe('ordinary reads are no writes', () => {
  it.each([
    'SELECT 1',
    'select 1',
    '  SELECT 1;  ',
    'SELECT 1; -- done',
    'SELECT 1;;',
    'SELECT * FROM orders WHERE id = ?',
    'SELECT `update`, `delete`, `into` FROM `insert`',
    'SELECT o.update, o.lock, o.into FROM orders o',
    'SELECT o.*, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.state IN (?, ?) ORDER BY o.id DESC LIMIT 10 OFFSET 20',
    'SELECT `User`.`id`, `User`.`name` AS `full name` FROM `Users` AS `User` WHERE (`User`.`deletedAt` IS NULL)',
    'SELECT * FROM t WHERE note = \'FOR UPDATE; DELETE FROM t\' AND other = "INTO OUTFILE"',
    "SELECT * FROM people WHERE name = 'O''Brien'",
    String.raw`SELECT * FROM people WHERE name = 'O\'Brien'`,
    String.raw`SELECT * FROM people WHERE name = 'O\'Brien' AND town = 'L\'Aquila'`,
    String.raw`SELECT * FROM docs WHERE body = '{\"a\": \"b\\n\"}' AND path LIKE '%\_x' AND dir = 'c:\\'`,
    String.raw`SELECT \N`,
    'SELECT COUNT(*), SUM(amount), MAX(created_at) FROM orders GROUP BY customer_id HAVING COUNT(*) > 1',
    'SELECT REPLACE(name, ?, ?), INSERT(name, 1, 2, ?), TRUNCATE(price, 2) FROM products',
    'SELECT LAST_INSERT_ID()',
    'SELECT FOUND_ROWS(), ROW_COUNT(), CONNECTION_ID(), DATABASE(), USER(), VERSION(), NOW(6), UUID()',
    'SELECT SLEEP(0.1)',
    "SELECT IS_FREE_LOCK('a'), IS_USED_LOCK('a')",
    'SELECT LASTVAL(s), PREVIOUS VALUE FOR s',
    'SELECT @a, @@session.sql_mode, @@global.read_only, @@version, @`a b`',
    'SELECT value, next, share, status FROM settings',
    'SELECT a FROM t1 UNION ALL SELECT b FROM t2',
    '(SELECT 1) UNION (SELECT 2) LIMIT 1',
    '((SELECT 1))',
    'WITH recent AS (SELECT * FROM orders LIMIT 10) SELECT * FROM recent',
    'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5), m AS (SELECT 2) SELECT * FROM n, m',
    'WITH a AS (SELECT 1) (SELECT * FROM a)',
    'WITH RECURSIVE a AS (SELECT 1 AS n UNION SELECT n FROM a) CYCLE n RESTRICT SELECT * FROM a',
    '(WITH a AS (SELECT 1) SELECT * FROM a)',
    'TABLE orders ORDER BY id LIMIT 3',
    'VALUES ROW(1, 2), ROW(3, 4)',
    'VALUES (1), (2)',
    'SELECT SUBSTRING(name FROM 1 FOR 2) FROM t FORCE INDEX FOR ORDER BY (i)',
    'SELECT * FROM t FOR SYSTEM_TIME AS OF NOW()',
    "SELECT * FROM t, JSON_TABLE(t.doc, '$[*]' COLUMNS (n FOR ORDINALITY)) j",
    'SELECT doc->>"$.name" FROM t WHERE a <=> b AND c != d AND NOT e || f',
    'SELECT /*+ MAX_EXECUTION_TIME(1000) INDEX(t i) */ * FROM t',
    'SELECT /*!40001 SQL_NO_CACHE */ * FROM t',
    '/* traceparent=00-1-2-01 */ SELECT 1',
    'SELECT 1 /* a /* b */',
    '-- note\n# another\n SELECT 1 --',
    'SELECT 1 --1',
    "SELECT 1.5e3, .5, 0x1F, 1e5, b'1', N'a', _utf8mb4'a'",
    "SELECT `订单`.编号 FROM 订单 WHERE 备注 = '测试'",
    'SELECT :name',
    'SELECT * FROM t WHERE a = :update AND b > :from AND c=:lock',
    'SHOW TABLES',
    'SHOW CREATE TABLE orders',
    'SHOW FULL COLUMNS FROM `orders` FROM `shop`',
    'SHOW INDEX FROM orders',
    "SHOW VARIABLES LIKE 'version'",
    'SHOW MASTER STATUS',
    'SHOW GRANTS FOR CURRENT_USER()',
    "SHOW COLUMNS FROM t WHERE LOWER(Field) IN ('a', 'b') AND (Type <> 'int' OR NOT (Extra = ''))",
    'DESC orders',
    'DESCRIBE shop.orders id',
    "EXPLAIN `orders` 'i%'",
    'EXPLAIN SELECT * FROM orders',
    'EXPLAIN FORMAT=JSON SELECT 1',
    'EXPLAIN ANALYZE SELECT 1',
    'EXPLAIN FOR CONNECTION 7',
    'EXPLAIN FOR SCHEMA shop SELECT 1',
    'EXPLAIN (SELECT 1)',
    'EXPLAIN WITH a AS (SELECT 1) SELECT * FROM a',
    'ANALYZE FORMAT=JSON SELECT 1',
    'SET STATEMENT max_statement_time=5 FOR SELECT * FROM orders',
    "SET STATEMENT max_statement_time=0.5, optimizer_switch='mrr=on', sort_buffer_size = DEFAULT FOR SELECT 1",
    'CHECKSUM TABLE orders',
    "HELP 'select'",
    'DO SLEEP(1)',
    'DO 1',
    'DEALLOCATE PREPARE q',
    'DROP PREPARE q',
    'SAVEPOINT a',
    'SAVEPOINT `typeorm_1`',
    'RELEASE SAVEPOINT a',
    'ROLLBACK TO SAVEPOINT a',
    'ROLLBACK WORK TO a',
    '',
    ' -- nothing',
    '/* ping */',
  ])('%s', (sql) => {
    expect(describeWith(sql)).toEqual(plainRead)
  })
})

describe('reads that leave something in the session', () => {
  it.each([
    'SELECT 1 INTO @a',
    'SELECT 1, 2 INTO @a, @b',
    'SELECT a INTO @a FROM t',
    "SELECT 1 INTO @'a'",
    'SELECT @a := 1',
    'SELECT @row := @row + 1 FROM t, (SELECT @row := 0) r',
    "SELECT GET_LOCK('a', 1)",
    "SELECT `get_lock`('a', 1)",
    "SELECT RELEASE_LOCK('a')",
    'SELECT RELEASE_ALL_LOCKS()',
    "DO GET_LOCK('a', 0)",
    'SELECT LAST_INSERT_ID(7)',
    'SELECT LAST_INSERT_ID( /* the id */ id + 1) FROM t',
    'SELECT SQL_CALC_FOUND_ROWS * FROM t LIMIT 1',
    'EXPLAIN FORMAT=JSON INTO @plan SELECT 1',
    'HANDLER t OPEN',
    'HANDLER t READ FIRST',
    'HANDLER t CLOSE',
    'USE shop',
    'USE `shop`',
    'SET @a = 1',
    'SET @a := 1, @b = @c',
    "SET @`a b` = 1, @'c' = 2",
    'SET @a = CONCAT(@b, UUID())',
    'SET NAMES utf8mb4',
    "SET NAMES 'utf8mb4' COLLATE 'utf8mb4_bin'",
    'SET CHARACTER SET utf8mb4',
    "SET time_zone = '+00:00'",
    'SET SESSION wait_timeout = 28800',
    "SET LOCAL sql_mode = 'ANSI'",
    "SET @@sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')",
    "SET SESSION sql_mode = (SELECT REPLACE(@@sql_mode, 'ONLY_FULL_GROUP_BY', ''))",
    'SET @@session.wait_timeout = 1, lock_wait_timeout = DEFAULT',
    'SET @old = @@GLOBAL.read_only',
    'SET TRANSACTION READ ONLY',
    'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE',
    'SET ROLE NONE',
  ])('%s', (sql) => {
    expect(describeWith(sql)).toEqual({ ...plainRead, leavesState: true })
  })
})

describe('what may write is a write', () => {
  it.each([
    'INSERT INTO t VALUES (1)',
    'INSERT INTO t VALUES (1) RETURNING id',
    'INSERT INTO t SELECT * FROM s',
    'REPLACE INTO t VALUES (1)',
    'UPDATE t SET a = 1',
    'DELETE FROM t',
    'DELETE FROM t WHERE id = 1 RETURNING *',
    'LOAD DATA INFILE "f" INTO TABLE t',
    'SELECT * FROM t FOR UPDATE',
    'SELECT * FROM t FOR UPDATE SKIP LOCKED',
    'SELECT * FROM t FOR SHARE',
    'SELECT * FROM t LOCK IN SHARE MODE',
    'SELECT * FROM (SELECT * FROM t FOR UPDATE) x',
    '(SELECT * FROM t) FOR UPDATE',
    'SELECT * FROM t WHERE a=1.FOR UPDATE',
    'SELECT * FROM t WHERE a=1e5FOR UPDATE',
    "SELECT * FROM t WHERE a='b'FOR/**/UPDATE",
    String.raw`SELECT * FROM t WHERE a=\NFOR UPDATE`,
    String.raw`SELECT \NINTO OUTFILE 'x'`,
    "SELECT 1 INTO OUTFILE '/tmp/x'",
    "SELECT 1e5INTO OUTFILE '/tmp/x'",
    "SELECT 1.INTO OUTFILE '/tmp/x'",
    "SELECT 1.5e1INTO OUTFILE '/tmp/x'",
    "SELECT t. INTO OUTFILE '/tmp/x'",
    "SELECT 1 INTO/**/DUMPFILE '/tmp/x'",
    "SELECT 1 INTO\u00a0OUTFILE '/tmp/x'",
    "TABLE t INTO OUTFILE '/tmp/x'",
    'SELECT NEXTVAL(s)',
    'SELECT NEXT VALUE FOR s',
    'SELECT next /* the */ value for s',
    'SELECT SETVAL(s, 5)',
    'SELECT s.nextval',
    'SELECT s."nextval"',
    'SELECT `s`.`NextVal`',
    'SELECT shop . s . /* next */ NextVal',
    'EXPLAIN SELECT NEXTVAL(s)',
    'SELECT touch()',
    'SELECT Touch ()',
    'SELECT shop.touch(1)',
    'SELECT `shop` . `touch` /* now */ (1)',
    'SELECT tóuch(1)',
    'SHOW TABLES WHERE touch()',
    'EXPLAIN SELECT * FROM t WHERE id = next_number()',
    'HANDLER t READ FIRST WHERE touch()',
    'SHOW TABLES WHERE (SELECT a FROM t)',
    'SHOW TABLES WHERE g()',
    'SHOW TABLES WHERE EXISTS ( (SELECT a FROM t) )',
    'SET @a = (SELECT a FROM t)',
    'SET @a = (TABLE t)',
    'DO (SELECT a FROM t)',
    'SELECT group_replication_set_as_primary(?)',
    'WITH a AS (SELECT 1) UPDATE t SET a = 1',
    'WITH a AS (SELECT 1), b (x) AS (SELECT 2) DELETE FROM t',
    'WITH `SELECT` AS (SELECT 1) DELETE FROM t',
    'WITH RECURSIVE a AS (SELECT 1 AS n) CYCLE n RESTRICT DELETE FROM t',
    'WITH a AS (SELECT 1) CYCLE n SELECT 1',
    'WITH a AS (SELECT NEXTVAL(s)) SELECT * FROM a',
    'EXPLAIN UPDATE t SET a = 1',
    'DESCRIBE DELETE FROM t',
    'DESC INSERT INTO t VALUES (1)',
    'EXPLAIN SELECT * FROM t FOR UPDATE',
    'EXPLAIN ANALYZE DELETE t FROM t JOIN u',
    'ANALYZE UPDATE t SET a = 1',
    'ANALYZE FORMAT=JSON DELETE FROM t',
    'SET STATEMENT max_statement_time=1 FOR INSERT INTO t VALUES (1)',
    'SET STATEMENT max_statement_time=1, lock_wait_timeout=2 FOR DELETE FROM t',
    "SET STATEMENT sql_mode='NO_BACKSLASH_ESCAPES' FOR SELECT 1",
    'SET STATEMENT lock_wait_timeout=f() FOR SELECT 1',
    'SET STATEMENT lock_wait_timeout=a FOR SELECT 1',
    'SET STATEMENT lock_wait_timeout=1 + 1 FOR SELECT 1',
    'SET STATEMENT max_statement_time=1 FOR HANDLER t READ FIRST WHERE f()',
    'SET GLOBAL read_only = 0',
    'SET @@GLOBAL.read_only = 0',
    'SET @@global . read_only = 0',
    'SET @a = 1, GLOBAL read_only = 0',
    'SET NAMES utf8, @@global.read_only = 0',
    'SET PERSIST max_connections = 1',
    'SET @@persist_only.max_connections = 1',
    'SET hot.key_buffer_size = 1',
    "SET gtid_next = 'a:1'",
    'SET @x = f()',
    'SET @x = shop.now()',
    'SET @x = `now`()',
    'SET @x = now ()',
    'SET @x = (SELECT f())',
    'SET SESSION wait_timeout = f()',
    'SET @x = (SELECT a FROM t FOR UPDATE)',
    'SET @x = (SELECT NEXT VALUE FOR s)',
    "SET PASSWORD = 'x'",
    'SET DEFAULT ROLE NONE',
    'DO f()',
    'DO NEXTVAL(s)',
    'CALL p()',
    'EXECUTE q',
    "EXECUTE IMMEDIATE 'DELETE FROM t'",
    "PREPARE q FROM 'DELETE FROM t'",
    'LOCK TABLES t WRITE',
    'LOCK TABLES t READ',
    'LOCK INSTANCE FOR BACKUP',
    "XA START 'a'",
    "XA COMMIT 'a'",
    'KILL 7',
    'FLUSH TABLES WITH READ LOCK',
    'CHECK TABLE t',
    'ANALYZE TABLE t',
    'ANALYZE LOCAL TABLE t',
    'OPTIMIZE TABLE t',
    'REPAIR TABLE t',
    'CREATE TABLE t (a INT)',
    'CREATE TEMPORARY TABLE t (a INT)',
    'ALTER TABLE t ADD b INT',
    'DROP TABLE t',
    'TRUNCATE t',
    'RENAME TABLE a TO b',
    'GRANT SELECT ON *.* TO a',
    'REVOKE ALL ON *.* FROM a',
    'BEGIN NOT ATOMIC INSERT INTO t VALUES (1); END',
    'BEGIN INSERT INTO t VALUES (1); END',
    'IF 1 THEN INSERT INTO t VALUES (1); END IF',
    'FOR i IN 1..3 DO INSERT INTO t VALUES (i); END FOR',
    'commit: LOOP INSERT INTO t VALUES (1); LEAVE commit; END LOOP',
    'START REPLICA',
    'RESET MASTER',
    'BINLOG "x"',
    'PURGE BINARY LOGS BEFORE NOW()',
    'SHUTDOWN',
    'BACKUP STAGE START',
    'INSTALL PLUGIN p SONAME "x"',
    'SIGNAL SQLSTATE "45000"',
    '?',
    '1',
    '`select` 1',
    "'SELECT 1'",
    '(',
    '(DELETE FROM t)',
  ])('%s', (sql) => {
    expect(describeWith(sql).mayWrite).toBe(true)
  })
})

describe('where servers or their sql_modes read a text differently, the worst reading counts', () => {
  it.each([
    '/*! INSERT INTO t VALUES (1) */',
    '/*!50000 INSERT INTO t VALUES (1) */',
    '/*M! INSERT INTO t VALUES (1) */',
    '/*m!100100 INSERT INTO t VALUES (1) */',
    'SELECT 1 /*! INTO OUTFILE "x" */',
    'SELECT 1 /*!99999 ; DELETE FROM t */',
    '/*!99999 EXPLAIN */ DELETE FROM t',
    '/*! EXPLAIN */ DELETE FROM t',
    'SELECT 1 /*!',
    'SELECT 1 /* open',
    "SELECT 'open",
    'SELECT `open',
    'SELECT /*+ QB_NAME(`*/ 1 INTO @a -- `) */ 1',
    'SELECT 1 --\u00a01',
    'SELECT\u00a01',
    '\ufeffSELECT 1',
    'SELECT 1 \0',
    '\0SELECT 1',
    'SELECT \\x',
    String.raw`SELECT '\'; DELETE FROM t; -- '`,
    String.raw`SELECT "\"; DELETE FROM t; -- "`,
    String.raw`SELECT 'a\'b'; SELECT 1`,
  ])('%s', (sql) => {
    expect(describeWith(sql)).toEqual({ ...unclear, several: true })
  })

  it.each([
    String.raw`SELECT * FROM t WHERE a = '\' FOR UPDATE -- '`,
    String.raw`SELECT * FROM t WHERE a = "\" FOR UPDATE -- "`,
    String.raw`SELECT '\'', "\" INTO OUTFILE 'x' -- "`,
  ])('%s', (sql) => {
    expect(describeWith(sql).mayWrite).toBe(true)
  })
})

describe('what a statement does to the transaction', () => {
  it.each<[string, TransactionEffect]>([
    ['BEGIN', 'begin'],
    ['begin work;', 'begin'],
    ['START TRANSACTION', 'begin'],
    ['START TRANSACTION READ WRITE', 'begin'],
    ['START TRANSACTION WITH CONSISTENT SNAPSHOT', 'begin'],
    ['START TRANSACTION READ ONLY', 'begin-read-only'],
    ['START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY', 'begin-read-only'],
    ['COMMIT', 'commit'],
    ['COMMIT WORK AND NO CHAIN NO RELEASE', 'commit'],
    ['COMMIT AND CHAIN', 'commit-chain'],
    ['ROLLBACK', 'rollback'],
    ['ROLLBACK AND CHAIN', 'rollback-chain'],
    ['ROLLBACK TO SAVEPOINT a', 'none'],
    ['SET autocommit = 0', 'autocommit-off'],
    ['SET autocommit=1', 'autocommit-on'],
    ['SET @@session.autocommit = OFF', 'autocommit-off'],
    ['SET @@LOCAL.autocommit := TRUE', 'autocommit-on'],
    ["SET SESSION `autocommit` = 'off'", 'autocommit-off'],
    ['SET "autocommit" = "on"', 'autocommit-on'],
    ["SET NAMES utf8mb4, autocommit = 1, time_zone = '+00:00'", 'autocommit-on'],
    ['SET autocommit = 1, autocommit = 0', 'unclear'],
    ['SET autocommit = @a', 'unclear'],
    ['SET autocommit = ?', 'unclear'],
    ['SET autocommit = DEFAULT', 'unclear'],
    ['SET autocommit = 1 - 1', 'unclear'],
    ['SET completion_type = CHAIN', 'unclear'],
    ['CREATE TABLE t (a INT)', 'implicit-commit'],
    ['CREATE TEMPORARY TABLE t (a INT)', 'none'],
    ['CREATE OR REPLACE TEMPORARY TABLE t (a INT)', 'none'],
    ['CREATE TEMPORARY SEQUENCE s', 'unclear'],
    ['DROP TEMPORARY TABLE t', 'none'],
    ['DROP TABLE t', 'implicit-commit'],
    ['ALTER TABLE t ADD b INT', 'implicit-commit'],
    ['TRUNCATE TABLE t', 'implicit-commit'],
    ['LOCK TABLES t WRITE', 'implicit-commit'],
    ['UNLOCK TABLES', 'unclear'],
    ['ANALYZE TABLE t', 'implicit-commit'],
    ['FLUSH TABLES', 'implicit-commit'],
    ['LOAD INDEX INTO CACHE t', 'unclear'],
    ['SET GLOBAL read_only = 1', 'none'],
    ['CALL p()', 'unclear'],
    ['EXECUTE q', 'unclear'],
    ["XA START 'a'", 'unclear'],
    ['INSERT INTO t VALUES (1)', 'none'],
    ['START TRANSACTION READ', 'unclear'],
    ['COMMIT AND', 'unclear'],
    ['COMMIT NO', 'unclear'],
    ['COMMIT a', 'unclear'],
    ['BEGIN; COMMIT', 'unclear'],
    ['INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)', 'none'],
  ])('%s: %s', (sql, effect) => {
    expect(describeWith(sql).transaction).toBe(effect)
  })

  it.each(['COMMIT RELEASE', 'ROLLBACK WORK RELEASE'])('%s ends the session', (sql) => {
    expect(describeWith(sql).leavesState).toBe(true)
  })
})

describe('several statements in one text', () => {
  it.each(['SELECT 1; SELECT 2', 'SELECT 1; /* x */ ;SELECT 2', "SELECT ';'; SELECT 1;"])('%s', (sql) => {
    expect(describeWith(sql)).toEqual({ ...plainRead, several: true })
  })

  it('any of them that writes makes the text a write', () => {
    expect(describeWith('SELECT 1; DELETE FROM t')).toMatchObject({ mayWrite: true, several: true })
    expect(describeWith('SELECT 1 -- ;\n;DELETE FROM t')).toMatchObject({ mayWrite: true, several: true })
  })

  it.each([
    "SELECT ';'",
    'SELECT `;`',
    'SELECT ";"',
    'SELECT 1 -- ; DELETE',
    'SELECT 1 # ;',
    'SELECT 1 /* ; */',
  ])('there is one in %s', (sql) => {
    expect(describeWith(sql).several).toBe(false)
  })
})

describe('state that changes leave', () => {
  it.each([
    'UPDATE t SET a = (@a := a)',
    'UPDATE t SET a = LAST_INSERT_ID(a + 1)',
    'CREATE TEMPORARY TABLE t (a INT)',
    'LOCK TABLES t READ',
    "PREPARE q FROM 'SELECT 1'",
    'CALL p(@out)',
  ])('%s', (sql) => {
    expect(describeWith(sql).leavesState).toBe(true)
  })

  it.each([
    'INSERT INTO t VALUES (1)',
    'UPDATE t SET a = 1',
    'CREATE TABLE t (a INT)',
    'DROP TEMPORARY TABLE t',
  ])('none: %s', (sql) => {
    expect(describeWith(sql).leavesState).toBe(false)
  })
})

describe('writeFunctions', () => {
  it('are of the options they are given with', () => {
    expect(describeStatement('SELECT touch()').mayWrite).toBe(false)
    expect(describeStatement('SELECT touch()', { writeFunctions }).mayWrite).toBe(true)
    expect(describeStatement('SELECT touch()', { writeFunctions: new Set(['other']) }).mayWrite).toBe(false)
    expect(describeStatement('SELECT touch()', {}).mayWrite).toBe(false)
  })

  it('are no columns and no texts', () => {
    expect(describeWith("SELECT touch, 'touch()' FROM t").mayWrite).toBe(false)
  })
})
