import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const source = fileURLToPath(new URL('../src', import.meta.url))

/** Which rooms and packages each room may import; its own files and node built-ins are always allowed. */
const allowed: Readonly<
  Record<string, { rooms: readonly string[] | 'all' | 'all but cli'; packages: readonly string[] }>
> = {
  core: { rooms: [], packages: ['zod'] },
  playbook: { rooms: ['core'], packages: ['yaml', 'zod'] },
  runner: { rooms: ['core'], packages: [] },
  steps: { rooms: ['core', 'gates/catalogue.ts'], packages: ['zod'] },
  gates: { rooms: ['core'], packages: ['zod'] },
  databases: { rooms: ['core'], packages: ['mysql2'] },
  sync: { rooms: ['core', 'databases'], packages: [] },
  'config-centers': { rooms: ['core'], packages: ['yaml'] },
  fleet: { rooms: ['core'], packages: ['execa'] },
  verify: { rooms: ['core', 'databases'], packages: [] },
  service: { rooms: ['core', 'databases', 'config-centers'], packages: ['express', 'mysql2', 'zod'] },
  report: { rooms: ['core'], packages: [] },
  lab: { rooms: 'all but cli', packages: ['express', 'mysql2', 'execa'] },
  cli: { rooms: 'all', packages: ['commander', '@clack/prompts', 'log-update', 'execa'] },
  'index.ts': { rooms: 'all but cli', packages: [] },
}

interface Import {
  readonly from: string
  readonly to: string
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && statSync(join(source, path)).isFile())
  .sort()

const imports: readonly Import[] = files.flatMap((from) =>
  specifiersOf(readFileSync(join(source, from), 'utf8')).map((to) => ({ from, to })),
)

/** `from '…'`, `import '…'` and `import('…')`, outside comments. */
function specifiersOf(text: string): readonly string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^'"\n;]*?(?:\{[^}]*\}[^'"\n;]*?)?from\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g
  return [...code.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? '')
}

function roomOf(path: string): string {
  return path.split('/')[0] ?? path
}

function targetOf({ from, to }: Import): string | undefined {
  return to.startsWith('.') ? relative(source, resolve(source, dirname(from), to)) : undefined
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier)
}

function isAllowed(edge: Import): boolean {
  const room = roomOf(edge.from)
  const rules = allowed[room]
  if (!rules || edge.to.startsWith('node:')) return rules !== undefined
  const target = targetOf(edge)
  if (target === undefined) return rules.packages.includes(packageOf(edge.to))
  if (roomOf(target) === room || rules.rooms === 'all') return true
  if (rules.rooms === 'all but cli') return roomOf(target) !== 'cli'
  return rules.rooms.some((entry) => target === entry || roomOf(target) === entry)
}

describe('the house', () => {
  it('has only rooms that the import table knows', () => {
    expect(files.map(roomOf).filter((room) => !(room in allowed))).toEqual([])
  })

  it('finds the imports it is meant to check', () => {
    expect(imports.length).toBeGreaterThan(files.length)
    expect(
      specifiersOf("import {\n  a,\n  b,\n} from './x.ts'\nexport * from 'y'\nawait import('z')"),
    ).toEqual(['./x.ts', 'y', 'z'])
  })

  it('lets each room import only what the table allows', () => {
    const broken = imports.filter((edge) => !isAllowed(edge)).map(({ from, to }) => `${from} imports ${to}`)
    expect(broken).toEqual([])
  })

  it('has no import cycles between rooms', () => {
    const edges = new Map<string, Set<string>>()
    for (const edge of imports) {
      const target = targetOf(edge)
      if (!target || roomOf(target) === roomOf(edge.from)) continue
      const known = edges.get(roomOf(edge.from)) ?? new Set()
      edges.set(roomOf(edge.from), known.add(roomOf(target)))
    }
    const reaches = (from: string, goal: string, seen = new Set<string>()): boolean =>
      [...(edges.get(from) ?? [])].some(
        (next) => next === goal || (!seen.has(next) && reaches(next, goal, seen.add(next))),
      )
    expect([...edges.keys()].filter((room) => reaches(room, room))).toEqual([])
  })

  it.each(['steps', 'gates'])('has one file per kind in %s, named as the kind', (room) => {
    const kinds = files.filter(
      (path) =>
        roomOf(path) === room && /define(Step|Gate)[<(]/.test(readFileSync(join(source, path), 'utf8')),
    )
    for (const path of kinds) {
      const names = [...readFileSync(join(source, path), 'utf8').matchAll(/^\s*kind: '([^']+)'/gm)].map(
        (match) => match[1],
      )
      expect(names[0], path).toBe(path.split('/').at(-1)?.replace('.ts', ''))
    }
    expect(kinds.length).toBeGreaterThan(5)
  })
})
