import type { ServerIdentity, ServerSettings } from '../core/ports/database-server.ts'

/** Names of single findings that a playbook may accept. */
export const settingNames = [
  'flavour',
  'sql-mode',
  'time-zone',
  'character-set',
  'collation',
  'lower-case-table-names',
  'max-allowed-packet',
  'max-connections',
] as const
export type SettingName = (typeof settingNames)[number]

/** A server as the comparison sees it. */
export interface Side {
  readonly name: string
  readonly identity: ServerIdentity
  readonly settings: ServerSettings
}

export interface Finding {
  readonly setting: SettingName | 'never-acceptable'
  readonly text: string
}

/** Everything about two servers that would make the same statement do something else, or not run at all. */
export function compareSettings(source: Side, target: Side): readonly Finding[] {
  return [...findBlockers(source, target), ...findUnequal(source, target), ...findSmaller(source, target)]
}

function findBlockers(source: Side, target: Side): readonly Finding[] {
  const blockers = [
    source.identity.serverUuid === target.identity.serverUuid &&
      `${source.name} and ${target.name} are the same server (${source.identity.host}:${source.identity.port})`,
    !source.settings.gtid && `GTID is off on ${source.name}`,
    !target.settings.gtid && `GTID is off on ${target.name}`,
    (target.settings.readOnly.readOnly || target.settings.readOnly.superReadOnly) &&
      `${target.name} is read-only`,
  ]
  return blockers.filter((text) => text !== false).map((text) => ({ setting: 'never-acceptable', text }))
}

function findUnequal(source: Side, target: Side): readonly Finding[] {
  const pairs: readonly (readonly [SettingName, string, string])[] = [
    ['flavour', source.identity.flavour, target.identity.flavour],
    ['sql-mode', sortedModes(source.settings.sqlMode), sortedModes(target.settings.sqlMode)],
    ['time-zone', effectiveZone(source.settings), effectiveZone(target.settings)],
    ['character-set', source.settings.characterSet, target.settings.characterSet],
    ['collation', source.settings.collation, target.settings.collation],
    [
      'lower-case-table-names',
      String(source.settings.lowerCaseTableNames),
      String(target.settings.lowerCaseTableNames),
    ],
  ]
  return pairs
    .filter(([, here, there]) => here !== there)
    .map(([setting, here, there]) => ({
      setting,
      text: `${setting} is ${here || 'empty'} on ${source.name}, ${there || 'empty'} on ${target.name}`,
    }))
}

/** The target must bear at least what the source bears. */
function findSmaller(source: Side, target: Side): readonly Finding[] {
  const pairs: readonly (readonly [SettingName, number, number])[] = [
    ['max-allowed-packet', source.settings.maxAllowedPacket, target.settings.maxAllowedPacket],
    ['max-connections', source.settings.maxConnections, target.settings.maxConnections],
  ]
  return pairs
    .filter(([, here, there]) => there < here)
    .map(([setting, here, there]) => ({
      setting,
      text: `${setting} is ${here} on ${source.name}, only ${there} on ${target.name}`,
    }))
}

function sortedModes(modes: string): string {
  return modes.split(',').filter(Boolean).sort().join(',')
}

function effectiveZone(settings: ServerSettings): string {
  return settings.timeZone === 'SYSTEM' ? settings.systemTimeZone : settings.timeZone
}
