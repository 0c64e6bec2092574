import type { Command } from 'commander'
import type { Catalogue } from '../core/gate.ts'
import { exitCodeMeanings, exitCodes } from './exit-codes.ts'

/** The parts of the README that are made from the code, by the name between their markers. */
export function readmeSections(program: Command, catalogue: Catalogue): Readonly<Record<string, string>> {
  return { commands: commandTable(program), 'exit-codes': exitCodeTable(), kinds: kindTable(catalogue) }
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
  const rows = program.commands.map((command) => {
    const options = command.options.map((option) => `\`${option.flags}\``).join(' ')
    return `| \`cutover ${command.name()} ${command.usage().replace('[options] ', '')}\` | ${command.description()} | ${options} |`
  })
  return ['| command | what it does | options |', '|---|---|---|', ...rows].join('\n')
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
