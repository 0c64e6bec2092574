import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fitPlaybook } from '../../../../src/cli/rehearsal/fit-playbook.ts'
import type { CenterSpec } from '../../../../src/core/center-specs.ts'
import type { Playbook } from '../../../../src/core/playbook.ts'
import { loadPlaybook, variablesOf } from '../../../../src/playbook/index.ts'
import { catalogue } from '../../../../src/steps/catalogue.ts'

const playbooks = join(import.meta.dirname, '../../../../playbooks')
const shipped = readdirSync(playbooks).filter((name) => name.endsWith('.yaml'))
const etcd: CenterSpec = { kind: 'etcd', servers: ['http://127.0.0.1:2379'], prefix: '/config/' }
const nacos: CenterSpec = {
  kind: 'nacos',
  servers: ['http://127.0.0.1:8848'],
  contextPath: '/nacos',
  namespace: '',
}

function load(text: string) {
  const variables = Object.fromEntries([...variablesOf(text).keys()].map((name) => [name, valueOf(name)]))
  return loadPlaybook({ file: 'a.yaml', text, variables, catalogue })
}

function valueOf(name: string): string {
  if (name.endsWith('PORT')) return '3306'
  return name.endsWith('URL') ? 'http://127.0.0.1:80' : 'x'
}

/** What must not differ: neither the systems nor what follows from them and from the text. */
function withoutSystems({
  systems: _systems,
  secrets: _secrets,
  digest: _digest,
  ...rest
}: Playbook): object {
  return rest
}

describe('a playbook in a lab with a config center of another kind', () => {
  it('there are playbooks to try', () => {
    expect(shipped.length).toBeGreaterThan(3)
  })

  it.each(shipped)('%s stands with that one system replaced and every line where it was', (name) => {
    const text = readFileSync(join(playbooks, name), 'utf8')
    const fitted = fitPlaybook(text, etcd)
    expect(fitted.replaced).toEqual(['nacos'])
    const before = load(text)
    const after = load(fitted.text)
    if (!before.ok || !after.ok) throw new Error(JSON.stringify([before, after]))
    expect(after.playbook.systems).toEqual({ ...before.playbook.systems, nacos: etcd })
    expect(withoutSystems(after.playbook)).toEqual(withoutSystems(before.playbook))
    const [lines, fittedLines] = [text.split('\n'), fitted.text.split('\n')]
    expect(fittedLines.length).toBe(lines.length)
    const changed = lines.filter((line, index) => line !== fittedLines[index])
    expect(changed.join('\n')).toMatch(/^ +kind: nacos\n( +\w+: .*\n?)*$/)
  })

  it.each(shipped)('%s stays as it is where the kind is the same', (name) => {
    const text = readFileSync(join(playbooks, name), 'utf8')
    expect(fitPlaybook(text, nacos)).toEqual({ text, replaced: [] })
  })

  it('an entry in one line is replaced as well', () => {
    const text = 'systems: { a: { kind: nacos, servers: x }, b: { kind: database } } # mine\n'
    expect(fitPlaybook(text, etcd)).toEqual({
      text: `systems: { a: ${JSON.stringify(etcd)}, b: { kind: database } } # mine\n`,
      replaced: ['a'],
    })
  })

  it.each(['', 'systems: [', 'systems: none', 'a: 1', 'systems: { a: { kind: wrong } }'])(
    'the text %j is left to those who read it',
    (text) => expect(fitPlaybook(text, etcd)).toEqual({ text, replaced: [] }),
  )
})
