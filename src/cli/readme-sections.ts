import type { Command } from 'commander'
import type { Catalogue } from '../core/gate.ts'
import { adminGrants, type AdminGrant } from '../lab/servers/admin-grants.ts'
import { engineNames } from '../lab/servers/server-engine.ts'
import { exitCodeMeanings, exitCodes } from './exit-codes.ts'

/** What the sections are made from. */
export interface ReadmeSources {
  readonly program: Command
  readonly catalogue: Catalogue
  /** Text of the playbook whose variables are listed. */
  readonly playbook: string
}

/** The parts of the README that are made from the code, by the name between their markers. */
export function readmeSections(sources: ReadmeSources): Readonly<Record<string, string>> {
  return {
    variables: variableList(sources.playbook),
    commands: commandTable(sources.program),
    'exit-codes': exitCodeTable(),
    kinds: kindTable(sources.catalogue),
    rights: rightsTable(),
  }
}

/** Puts each section between its `<!-- name:begin -->` and `<!-- name:end -->`. */
export function fillSections(readme: string, sections: Readonly<Record<string, string>>): string {
  return Object.entries(sections).reduce((text, [name, body]) => {
    const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`]
    const from = text.indexOf(begin)
    const to = text.indexOf(end)
    if (from === -1 || to < from) throw new Error(`README.md has no section ${name}`)
    return `${text.slice(0, from + begin.length)}\n${body}\n${text.slice(to)}`
  }, readme)
}

function commandTable(program: Command): string {
  const rows = program.commands
    .flatMap((command) => withSubcommands(command))
    .map(({ name, command }) => {
      const shown = command.options.filter((option) => !option.hidden)
      const options = shown.map((option) => `\`${option.flags}\``).join(' ')
      return `| \`cutover ${name} ${command.usage().replace('[options] ', '')}\` | ${command.description()} | ${options} |`
    })
  return ['| command | what it does | options |', '|---|---|---|', ...rows].join('\n')
}

interface NamedCommand {
  readonly name: string
  readonly command: Command
}

/** A command that only holds others is shown as those. */
function withSubcommands(command: Command): readonly NamedCommand[] {
  if (command.commands.length === 0) return [{ name: command.name(), command }]
  return command.commands.map((inner) => ({ name: `${command.name()} ${inner.name()}`, command: inner }))
}

function exitCodeTable(): string {
  const rows = Object.entries(exitCodes).map(
    ([name, code]) => `| ${code} | ${exitCodeMeanings[name as keyof typeof exitCodes]} |`,
  )
  return ['| exit code | meaning |', '|---|---|', ...rows].join('\n')
}

function kindTable(catalogue: Catalogue): string {
  const row = (what: string) => (kind: { kind: string; summary: string }) =>
    `| ${what} | \`${kind.kind}\` | ${kind.summary} |`
  const rows = [
    ...[...catalogue.steps.values()].map(row('step')),
    ...[...catalogue.gates.values()].map(row('gate')),
  ]
  return ['| | kind | what it does or wants |', '|---|---|---|', ...rows].join('\n')
}

/** The names a playbook reads from the environment, in the order of their first use. */
function variableList(playbook: string): string {
  const text = playbook.replace(/^\s*#.*$/gm, '')
  const matches = [...text.matchAll(/\$\{([A-Z][A-Z0-9_]*)(:-)?|\benv:([A-Z][A-Z0-9_]*)/g)]
  const names = new Map(matches.map(([, name, fallback, secret]) => [name ?? secret ?? '', fallback]))
  const items = [...names].map(([name, fallback]) => (fallback ? `[\`${name}\`]` : `\`${name}\``))
  return `Variables of stop-write.yaml (those in brackets may be left out): ${items.join(', ')}.`
}

function rightsTable(): string {
  const rows = (['mysql', 'mariadb'] as const).flatMap((engine) =>
    adminGrants(engine, ['orders']).map((grant) => rightsRow(engineNames[engine], grant)),
  )
  return ['| server | rights | on | what for |', '|---|---|---|---|', ...rows].join('\n')
}

function rightsRow(engine: string, { privileges, on, withGrantOption, why }: AdminGrant): string {
  const rights = [...privileges, ...(withGrantOption ? ['GRANT OPTION'] : [])].join(', ')
  return `| ${engine} | ${rights} | \`${on}\` | ${why} |`
}
