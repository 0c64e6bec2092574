import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { formatComplaints, generatedFiles, loadPlaybook, variablesOf } from '../src/playbook/index.ts'
import { catalogue } from '../src/steps/catalogue.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const playbooks = readdirSync(`${root}playbooks`).filter((name) => name.endsWith('.yaml'))

/** A value of the right form for every variable that has no default. */
function variablesFor(text: string): Readonly<Record<string, string>> {
  const required = [...variablesOf(text)].filter(([, { optional }]) => !optional).map(([name]) => name)
  return Object.fromEntries(required.map((name) => [name, sampleValue(name)]))
}

function sampleValue(name: string): string {
  if (name.endsWith('_URL') || name.endsWith('_SERVERS')) return 'http://10.0.0.1:8080'
  return name.endsWith('_PORT') ? '3306' : `value-of-${name.toLowerCase().replaceAll('_', '-')}`
}

describe('the folder playbooks', () => {
  it.each([...generatedFiles(catalogue)])('has %s as the code makes it (npm run docs)', (path, text) => {
    expect(readFileSync(root + path, 'utf8')).toBe(text)
  })

  it('has playbooks to check', () => {
    expect(playbooks).toContain('stop-write.yaml')
  })

  it.each(playbooks)('holds no mistake and nothing to be warned about in %s', (name) => {
    const file = `playbooks/${name}`
    const text = readFileSync(root + file, 'utf8')
    const result = loadPlaybook({ file, text, variables: variablesFor(text), catalogue })
    const complaints = result.ok ? result.warnings : result.complaints
    expect(complaints.length === 0 ? '' : formatComplaints(complaints, { colour: false })).toBe('')
  })

  it.each(playbooks)('gives editors the schema in %s', (name) => {
    const [firstLine] = readFileSync(`${root}playbooks/${name}`, 'utf8').split('\n')
    expect(firstLine).toBe('# yaml-language-server: $schema=./schema.json')
  })

  it('says in the schema what each kind is for', () => {
    const schema = JSON.parse(readFileSync(`${root}playbooks/schema.json`, 'utf8')) as {
      definitions: Record<
        'step' | 'gate',
        { properties: Record<string, { oneOf?: { const: string; description: string }[] }> }
      >
    }
    const { step, gate } = schema.definitions
    const steps = step.properties.step?.oneOf ?? []
    const gates = gate.properties.gate?.oneOf ?? []
    expect(steps.map((kind) => kind.const)).toEqual([...catalogue.steps.keys()].sort())
    expect(gates.map((kind) => kind.const)).toEqual([...catalogue.gates.keys()].sort())
    expect([...steps, ...gates].filter(({ description }) => description.length < 10)).toEqual([])
  })
})
