import { CutoverError } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'

/** What a sample service is told by its environment; everything else it reads from the config center. */
export interface ServiceSettings {
  /** `orders-1`: in logs and in the connection attributes. */
  readonly instance: string
  readonly port: number
  readonly center: CenterSettings
  /**
   * With it, the service uses the kit's pool, which changes its datasource live, and answers with its status to whoever
   * has the token. Without it, an ordinary pool and restarts.
   */
  readonly statusToken?: Secret
}

export interface CenterSettings {
  readonly servers: readonly string[]
  readonly namespace: string
  readonly username?: string
  readonly password?: Secret
}

const names = {
  instance: 'CUTOVER_LAB_INSTANCE',
  port: 'CUTOVER_LAB_PORT',
  servers: 'NACOS_SERVERS',
  namespace: 'NACOS_NAMESPACE',
  username: 'NACOS_USERNAME',
  password: 'NACOS_PASSWORD',
  statusToken: 'CUTOVER_STATUS_TOKEN',
} as const

/** The environment that makes {@link readServiceSettings} return these settings. */
export function serviceEnvironment(settings: ServiceSettings): Record<string, string> {
  const { instance, port, center, statusToken } = settings
  return {
    [names.instance]: instance,
    [names.port]: String(port),
    [names.servers]: center.servers.join(','),
    [names.namespace]: center.namespace,
    ...(center.username === undefined ? {} : { [names.username]: center.username }),
    ...(center.password === undefined ? {} : { [names.password]: center.password.reveal() }),
    ...(statusToken === undefined ? {} : { [names.statusToken]: statusToken.reveal() }),
  }
}

/** @throws `usage` naming the variable that is missing. */
export function readServiceSettings(environment: NodeJS.ProcessEnv): ServiceSettings {
  const need = (name: string): string => {
    const value = environment[name]
    if (value === undefined || value === '') throw new CutoverError('usage', `${name} is not set`)
    return value
  }
  const { [names.username]: username, [names.password]: password, [names.statusToken]: token } = environment
  return {
    instance: need(names.instance),
    port: Number(need(names.port)),
    center: {
      servers: need(names.servers).split(','),
      namespace: environment[names.namespace] ?? '',
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password: new Secret(names.password, password) }),
    },
    ...(token === undefined ? {} : { statusToken: new Secret(names.statusToken, token) }),
  }
}
