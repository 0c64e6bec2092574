/** One entry of a MariaDB GTID position: the last transaction of a domain. */
export interface DomainPosition {
  readonly domain: string
  readonly server: string
  readonly sequence: bigint
}

/** Reads `0-1-100,3-2-7`; what is no GTID is left out. */
export function readDomains(position: string): readonly DomainPosition[] {
  return [...position.matchAll(/(\d+)-(\d+)-(\d+)/g)].map(([, domain = '', server = '', sequence = '0']) => ({
    domain,
    server,
    sequence: BigInt(sequence),
  }))
}

export function formatDomain({ domain, server, sequence }: DomainPosition): string {
  return `${domain}-${server}-${sequence}`
}

/** The entries of `wanted` that `held` has not reached. Within a domain numbers rise; the server does not matter. */
export function domainsBehind(
  wanted: readonly DomainPosition[],
  held: readonly DomainPosition[],
): readonly DomainPosition[] {
  const reached = new Map(held.map(({ domain, sequence }) => [domain, sequence]))
  return wanted.filter(({ domain, sequence }) => (reached.get(domain) ?? -1n) < sequence)
}
