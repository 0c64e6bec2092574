import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { buildProgram } from '../src/cli/program.ts'
import { fillSections, readmeSections } from '../src/cli/readme-sections.ts'
import { catalogue } from '../src/steps/catalogue.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const readme = readFileSync(`${root}README.md`, 'utf8')
const scripts = (
  JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { scripts: Record<string, string> }
).scripts
const program = buildProgram(() => undefined)

const shellLines = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap((block) =>
  (block[1] ?? '').trim().split('\n'),
)
const commands = shellLines.flatMap((line) => line.split('&&').map((part) => part.trim()))

describe('README', () => {
  it('has shell blocks to check', () => {
    expect(commands.length).toBeGreaterThan(5)
  })

  it.each(commands)('names something that exists: %s', (command) => {
    const [tool, ...words] = command.split(/\s+/)
    if (tool === 'npx') return expectCutoverCommand(words.slice(1))
    expect(tool).toBe('npm')
    const [verb, script] = words
    if (verb === 'ci') return
    const name = verb === 'run' ? script : verb
    expect(Object.keys(scripts)).toContain(name)
    if (name === 'rehearse') expectOptions('rehearse', words)
  })

  it('links and tour rows point to paths that exist', () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] ?? '')
    const paths = [...readme.matchAll(/`((?:src|test|playbooks)\/[^`*]*)`/g)].map((match) => match[1] ?? '')
    expect(paths.length).toBeGreaterThan(10)
    expect(
      [...links, ...paths].filter((path) => !path.startsWith('http') && !existsSync(root + path)),
    ).toEqual([])
  })

  it('has the generated tables as the code makes them (npm run docs)', () => {
    expect(readme).toBe(fillSections(readme, readmeSections(program, catalogue)))
  })
})

function expectCutoverCommand(words: readonly string[]): void {
  const [name, ...rest] = words
  if (name === '--help') return
  expect(program.commands.map((command) => command.name())).toContain(name)
  expectOptions(name ?? '', rest)
  for (const path of rest.filter((word) => word.startsWith('playbooks/')))
    expect(existsSync(root + path), path).toBe(true)
}

function expectOptions(name: string, words: readonly string[]): void {
  const known = program.commands
    .find((command) => command.name() === name)
    ?.options.map((option) => option.long)
  for (const flag of words.filter((word) => word.startsWith('--') && word !== '--'))
    expect(known).toContain(flag)
}
