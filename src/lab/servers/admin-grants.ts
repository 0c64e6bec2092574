import type { ServerEngine } from './server-engine.ts'

/** The kit's own account on every server of the lab; examples and playbooks use the same name. */
export const adminUser = 'cutover_admin'

/** One GRANT of the kit's account: what, at which level, and why the kit needs it. */
export interface AdminGrant {
  readonly privileges: readonly string[]
  /** `*.*` or a schema followed by `.*`. */
  readonly on: string
  /** The kit may hand these privileges on to other accounts, and take them away. */
  readonly withGrantOption?: true
  readonly why: string
}

/**
 * What the kit's account may do: on the servers as a whole per engine, plus the schemas that move. It can neither
 * read nor write the data of other services, and it is not root.
 */
export function adminGrants(engine: ServerEngine, movedSchemas: readonly string[]): readonly AdminGrant[] {
  return [
    ...serverGrants[engine],
    ...movedSchemas.map(schemaGrant),
    ...(engine === 'mysql' ? movedSchemas.map(schemaFence) : []),
  ]
}

function schemaFence(schema: string): AdminGrant {
  return { privileges: ['ALTER'], on: `${schema}.*`, why: 'make the schema read-only for the schema fence' }
}

function schemaGrant(schema: string): AdminGrant {
  return {
    privileges: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'SHOW VIEW', 'TRIGGER', 'EVENT', 'LOCK TABLES'],
    on: `${schema}.*`,
    withGrantOption: true,
    why: 'compare rows; see triggers, views and events; give services their rights, raise and lower the fence; lock the tables while the position is read',
  }
}

/** Where the kit writes down which run works on the server, and which service may write there. */
const ownSchema: AdminGrant = {
  privileges: ['CREATE', 'SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  on: 'cutover_kit.*',
  withGrantOption: true,
  why: 'write down which run works on the server, so that no other one does, and which service may write there, for that service to read',
}

const serverGrants: Readonly<Record<ServerEngine, readonly AdminGrant[]>> = {
  mysql: [
    server(['CREATE USER'], 'make and drop the accounts of services'),
    server(['PROCESS'], 'see the sessions and open transactions of every account'),
    server(
      ['CONNECTION_ADMIN'],
      'end sessions; write and read while the server is read-only or out of connections',
    ),
    server(
      ['SYSTEM_VARIABLES_ADMIN'],
      'set read_only and super_read_only for the instance fence; keep its own lock out of the log',
    ),
    server(['XA_RECOVER_ADMIN'], 'see prepared XA transactions, which have no session'),
    server(['REPLICATION CLIENT'], 'read the state of replication'),
    server(['REPLICATION_SLAVE_ADMIN'], 'stop replication at the cutover and start it the other way round'),
    server(['RELOAD'], 'remove replication after the cutover (RESET REPLICA ALL)'),
    server(['SHOW DATABASES'], 'find schemas that exist on one side only'),
    read('mysql', 'read accounts and their grants exactly'),
    read('performance_schema', 'read sessions, write counters and the replication state'),
    ownSchema,
  ],
  mariadb: [
    server(['CREATE USER'], 'make and drop the accounts of services'),
    server(['PROCESS'], 'see the sessions and open transactions of every account, and the write counters'),
    server(['CONNECTION ADMIN'], 'end sessions; connect when the server is out of connections'),
    server(['READ_ONLY ADMIN'], 'set read_only for the instance fence and write while it is up'),
    server(['BINLOG MONITOR'], 'read the position of the log'),
    server(['BINLOG ADMIN'], 'keep its own lock out of the log (sql_log_bin)'),
    server(['REPLICA MONITOR'], 'read the state of replication'),
    server(['REPLICATION SLAVE ADMIN'], 'stop replication at the cutover and start it the other way round'),
    server(['RELOAD'], 'remove replication after the cutover (RESET SLAVE ALL)'),
    server(['SHOW DATABASES'], 'find schemas that exist on one side only'),
    read('mysql', 'read accounts and their grants exactly'),
    ownSchema,
  ],
}

function server(privileges: readonly string[], why: string): AdminGrant {
  return { privileges, on: '*.*', why }
}

function read(schema: string, why: string): AdminGrant {
  return { privileges: ['SELECT'], on: `${schema}.*`, why }
}
