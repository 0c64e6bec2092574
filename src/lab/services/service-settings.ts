import type { CenterReadAccess } from '../../config-centers/open-document-reader.ts'
import { CutoverError } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'

/** What a sample service is told by its environment; everything else it reads from the config center. */
export interface ServiceSettings {
  /** `orders-1`: in logs and in the connection attributes. */
  readonly instance: string
  readonly port: number
  readonly center: CenterReadAccess
  /**
   * With it, the service uses the kit's pool, which changes its datasource live, and answers with its status to whoever
   * has the token. Without it, an ordinary pool and restarts.
   */
  readonly statusToken?: Secret
}

const names = {
  instance: 'CUTOVER_LAB_INSTANCE',
  port: 'CUTOVER_LAB_PORT',
  center: 'CUTOVER_LAB_CENTER',
  centerPassword: 'CUTOVER_LAB_CENTER_PASSWORD',
  statusToken: 'CUTOVER_STATUS_TOKEN',
} as const

/** The environment that makes {@link readServiceSettings} return these settings. */
export function serviceEnvironment(settings: ServiceSettings): Record<string, string> {
  const { instance, port, center, statusToken } = settings
  const password = 'password' in center ? center.password : undefined
  return {
    [names.instance]: instance,
    [names.port]: String(port),
    [names.center]: JSON.stringify({ ...center, password: undefined }),
    ...(password === undefined ? {} : { [names.centerPassword]: textOf(password) }),
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
  const { [names.centerPassword]: password, [names.statusToken]: token } = environment
  const center = JSON.parse(need(names.center)) as CenterReadAccess
  return {
    instance: need(names.instance),
    port: Number(need(names.port)),
    center: {
      ...center,
      ...(password === undefined ? {} : { password: new Secret(names.centerPassword, password) }),
    },
    ...(token === undefined ? {} : { statusToken: new Secret(names.statusToken, token) }),
  }
}

function textOf(password: string | Secret): string {
  return typeof password === 'string' ? password : password.reveal()
}
