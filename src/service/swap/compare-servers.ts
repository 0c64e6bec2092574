import type { ServerLook } from './look-at-server.ts'
import { comparedSettings } from './look-at-server.ts'

/** What speaks against sending the service's writes to `next`, a sentence each. */
export function compareServers(present: ServerLook, next: ServerLook): readonly string[] {
  const problems: string[] = []
  if (present.identity === next.identity) problems.push('It is the same server as the present one.')
  if (present.flavour !== next.flavour) {
    problems.push(`The product differs: ${present.flavour} now, ${next.flavour} there.`)
  } else if (seriesOf(next.version) < seriesOf(present.version)) {
    problems.push(`The version is older: ${present.version} now, ${next.version} there.`)
  }
  for (const [name, title] of Object.entries(comparedSettings)) {
    const [here = '', there = ''] = [present.settings.get(name), next.settings.get(name)]
    if (sorted(here) !== sorted(there)) {
      problems.push(`It has another value of ${title}: ${here || 'none'} now, ${there || 'none'} there.`)
    }
  }
  return [...problems, ...missingTables(present.tables, next.tables)]
}

function missingTables(here: ReadonlySet<string>, there: ReadonlySet<string>): readonly string[] {
  const missing = [...here].filter((table) => !there.has(table))
  if (missing.length === 0) return []
  return [`The account does not see ${missing.length} of the tables there, such as ${missing[0] ?? ''}.`]
}

/** Major and minor version as one number. */
function seriesOf(version: string): number {
  const [major = 0, minor = 0] = (/^(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number)
  return major * 1000 + minor
}

/** The order of the parts of sql_mode means nothing. */
function sorted(value: string): string {
  return value.split(',').sort().join(',')
}
