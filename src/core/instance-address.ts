import { isIP } from 'node:net'

/**
 * The address under which a config center knows an instance; undefined when nothing says it.
 * A host name is not looked up: from here it may stand for another address than from there.
 */
export function instanceAddress(instance: {
  readonly url: string
  readonly address?: string | undefined
}): string | undefined {
  if (instance.address !== undefined) return instance.address
  if (!URL.canParse(instance.url)) return undefined
  const host = new URL(instance.url).hostname.replace(/^\[(.*)\]$/, '$1')
  return isIP(host) === 0 ? undefined : host
}
