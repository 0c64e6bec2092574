import { escape, escapeId } from 'mysql2'
import type { Secret } from '../../core/secret.ts'

/** What one account of the lab may do on one level. */
export interface AccountGrant {
  readonly privileges: readonly string[]
  /** `*.*` or a schema followed by `.*`. */
  readonly on: string
  readonly withGrantOption?: true
}

/** The statements that create `user`@`%` and give it its rights. */
export function createAccountStatements(
  user: string,
  password: Secret,
  grants: readonly AccountGrant[],
): readonly string[] {
  const account = `${escape(user)}@'%'`
  return [
    `CREATE USER ${account} IDENTIFIED BY ${escape(password.reveal())}`,
    ...grants.map((grant) => {
      const option = grant.withGrantOption === true ? ' WITH GRANT OPTION' : ''
      return `GRANT ${grant.privileges.join(', ')} ON ${quoteLevel(grant.on)} TO ${account}${option}`
    }),
  ]
}

function quoteLevel(level: string): string {
  const schema = level.slice(0, -'.*'.length)
  // In GRANT an underscore stands for any character unless it is escaped; system schemas are named exactly.
  return schema === '*' ? '*.*' : `${escapeId(schema.replace(/[_%]/g, '\\$&'), true)}.*`
}
