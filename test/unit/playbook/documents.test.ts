import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { duration } from '../../../src/core/durations.ts'
import { databaseRef, secretRef } from '../../../src/core/refs.ts'
import { fieldRows } from '../../../src/playbook/field-rows.ts'
import { playbookJsonSchema } from '../../../src/playbook/json-schema.ts'
import { renderKindTables } from '../../../src/playbook/kind-tables.ts'
import { catalogue } from './sample.ts'

describe('the table of kinds', () => {
  const tables = renderKindTables(catalogue)

  it('says for each step whether it can be undone, and what it needs', () => {
    expect(tables).toContain(
      '### `step: create-account`\n\nCreates an account.\nDeadline 1m. Can be undone.\n',
    )
    expect(tables).toContain('Deadline 1m. Cannot be undone: the target may hold new rows.\n')
    expect(tables).toContain('Deadline 5s. Can be undone. Needs `notice` at the top level.\n')
  })

  it('says for each gate how often it is read', () => {
    expect(tables).toContain('3 open readings in a row, read every 500ms. Deadline 1m.\n')
  })

  it('has the fields with type, default and meaning', () => {
    expect(tables).toContain('| `rights` | `read-only` or `read-write` | `read-only` | What it may do. |')
    expect(tables).toContain('| `password` | secret reference | **must be given** | Its password. |')
    expect(tables).toContain(
      '| `tables[].schema` | text | **must be given** | Schema (database) name, unquoted. |',
    )
    expect(tables).toContain('| `validFor` | duration | `10m` | How long it holds. |')
  })
})

describe('the fields of a schema', () => {
  it('are told once when it has several forms', () => {
    const form = z.union([
      z.strictObject({ kind: z.literal('a'), database: databaseRef('Server.') }),
      z.strictObject({
        kind: z.literal('b'),
        extra: z.number().int().optional().meta({ description: 'More.' }),
      }),
    ])
    expect(fieldRows(form).map(({ path, type, presence }) => [path, type, presence])).toEqual([
      ['kind', '`a` or `b`', 'must be given'],
      ['database', 'name of a database', 'in one of its forms'],
      ['extra', 'whole number', 'may be left out'],
    ])
  })

  it('follow lists, maps and any JSON', () => {
    const schema = z.strictObject({
      waits: z.array(duration('A wait.')).default([]),
      env: z.record(z.string(), secretRef('Value.')).optional(),
      body: z.json().optional(),
      one: z.union([z.strictObject({ x: z.string() }), z.array(z.strictObject({ x: z.string() }))]),
    })
    expect(fieldRows(schema).map(({ path, type }) => `${path}: ${type}`)).toEqual([
      'waits: list of: duration',
      'env: map of: secret reference',
      'body: anything',
      'one: map, or list of: map',
      'one.x: text',
    ])
  })
})

interface Node {
  readonly [key: string]: Node
}

describe('the JSON Schema', () => {
  const schema = JSON.parse(JSON.stringify(playbookJsonSchema(catalogue))) as Node

  it('is of draft 7 and refers to nothing outside', () => {
    expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#')
    const references = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)].map(
      (match) => match[1],
    )
    expect(references.length).toBeGreaterThan(5)
    expect(references.filter((name) => !Object.keys(schema.definitions ?? {}).includes(name ?? ''))).toEqual(
      [],
    )
  })

  it('explains each kind and gives it its settings', () => {
    expect(schema.definitions?.step?.properties?.step).toEqual({
      description: 'Kind of the step.',
      oneOf: [
        { const: 'create-account', description: 'Creates an account.' },
        { const: 'open-target', description: 'Lets the target take writes.' },
        { const: 'tell', description: 'Tells services what happens.' },
      ],
    })
    const rule = schema.definitions?.step?.allOf?.[1]
    expect(rule?.if).toEqual({ properties: { step: { const: 'open-target' } }, required: ['step'] })
    expect(rule?.then).toMatchObject({ required: ['with'], properties: { with: { required: ['database'] } } })
  })

  it('allows a variable where a number, a choice or a form is wanted, but not for a secret', () => {
    const settings = schema.definitions?.step?.allOf?.[0]?.then?.properties?.with?.properties
    const variable = { $ref: '#/definitions/variable' }
    expect(settings?.limit).toEqual({
      description: 'Most connections at a time.',
      anyOf: [{ type: 'integer' }, variable],
    })
    expect(settings?.rights?.anyOf).toContainEqual(variable)
    expect(JSON.stringify(settings?.password)).not.toContain('variable')
    expect(settings?.password?.type).toBe('string')
  })
})
