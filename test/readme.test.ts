import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { buildProgram } from '../src/cli/program/program.ts'
import { fillSections, readmeSections } from '../src/cli/readme-sections.ts'
import { catalogue } from '../src/steps/catalogue.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const readme = readFileSync(`${root}README.md`, 'utf8')
const scripts = (
  JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { scripts: Record<string, string> }
).scripts
const program = buildProgram(() => undefined)
const playbook = readFileSync(`${root}playbooks/stop-write.yaml`, 'utf8')

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
    expect(readme).toBe(fillSections(readme, readmeSections({ program, catalogue, playbook })))
  })

  it.each(['plan', 'rehearsal'])('shows a %s of the shipped playbook as it is today', (section) => {
    const names = namesIn(sectionOf(section))
    expect(names.length).toBeGreaterThan(2)
    expect([...playbook.matchAll(/^ *- (?:gate|step): (\S+)(?:\n *id: (\S+))?/gm)].map(idOf)).toEqual(
      expect.arrayContaining([...names]),
    )
  })

  it.each([
    ['cutover-kit/express', 0],
    ['cutover-kit/mysql2', 1],
  ])('has an example with %s that compiles against the package', async (path, index) => {
    await using project = await openProject()
    const example = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)][index]?.[1] ?? ''
    expect(example).toContain(path)
    await writeFile(join(project.directory, 'example.ts'), example)
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const options = ['--strict', '--noEmit', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2023']
    const args = [compiler, ...options, '--lib', 'es2023,esnext.disposable', '--types', 'node', 'example.ts']
    const compiled = await promisify(execFile)(process.execPath, args, { cwd: project.directory }).catch(
      (error: { stdout: string }) => error,
    )
    expect(compiled.stdout).toBe('')
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

function sectionOf(name: string): string {
  return new RegExp(`<!-- ${name}:begin -->([\\s\\S]*?)<!-- ${name}:end -->`).exec(readme)?.[1] ?? ''
}

/** The steps and gates that an excerpt of a plan or report names. */
function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/^ *(?:\d+\. )?(?:step|gate) +(\S+)/gm)].map((match) => match[1] ?? '')
}

function idOf(match: RegExpMatchArray): string | undefined {
  return match[2] ?? match[1]
}

/** A project that has this package installed, with what its users have beside it. */
async function openProject(): Promise<AsyncDisposable & { readonly directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'readme-'))
  const modules = join(directory, 'node_modules')
  await mkdir(modules)
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }')
  await symlink(root, join(modules, 'cutover-kit'))
  for (const name of ['express', '@types'])
    await symlink(join(root, 'node_modules', name), join(modules, name))
  return {
    directory,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}
