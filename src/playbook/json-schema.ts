import { z } from 'zod'
import type { Catalogue } from '../core/gate.ts'
import { allowVariables, variableDefinition, type JsonSchema } from './json-schema-variables.ts'
import { gateShape, playbookShape, stepShape } from './playbook-shape.ts'
import type { Schema } from './schema-walk.ts'

/**
 * The JSON Schema (draft 7) of playbooks for editors: completion, hover text and red lines while writing.
 * It knows less than {@link loadPlaybook}: names that point nowhere and the order of steps are only told by the kit.
 */
export function playbookJsonSchema(catalogue: Catalogue): object {
  const parts = convertAll({
    playbook: playbookShape,
    step: stepShape,
    gate: gateShape,
    ...prefixed('step', catalogue.steps),
    ...prefixed('gate', catalogue.gates),
  })
  const playbook = parts.schemas.playbook ?? {}
  const item = { $ref: '#/definitions/item' }
  const properties = propertiesOf(playbook)
  const pause = properties.pause ?? {}
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...playbook,
    properties: {
      ...properties,
      prepare: { ...properties.prepare, items: item },
      pause: {
        ...pause,
        properties: {
          ...propertiesOf(pause),
          steps: { ...propertiesOf(pause).steps, items: item },
        },
      },
      settle: { ...properties.settle, items: item },
    },
    definitions: {
      ...parts.definitions,
      variable: variableDefinition,
      item: { anyOf: [{ $ref: '#/definitions/step' }, { $ref: '#/definitions/gate' }] },
      step: itemSchema('step', parts.schemas, catalogue.steps),
      gate: itemSchema('gate', parts.schemas, catalogue.gates),
    },
  }
}

interface DescribedKind {
  readonly kind: string
  readonly summary: string
  readonly schema: Schema
}

function prefixed(
  type: 'step' | 'gate',
  kinds: ReadonlyMap<string, DescribedKind>,
): Readonly<Record<string, Schema>> {
  return Object.fromEntries([...kinds.values()].map(({ kind, schema }) => [`${type} ${kind}`, schema]))
}

/** One conversion for all of them, because parts they share (recursive ones) become definitions of one document. */
function convertAll(schemas: Readonly<Record<string, Schema>>): {
  readonly schemas: Readonly<Record<string, JsonSchema>>
  readonly definitions: Readonly<Record<string, JsonSchema>>
} {
  const whole = z.toJSONSchema(z.object(schemas), {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
  }) as JsonSchema
  return {
    schemas: mapValues(propertiesOf(whole), allowVariables),
    definitions: mapValues((whole.definitions ?? {}) as Readonly<Record<string, JsonSchema>>, allowVariables),
  }
}

function itemSchema(
  type: 'step' | 'gate',
  schemas: Readonly<Record<string, JsonSchema>>,
  kinds: ReadonlyMap<string, DescribedKind>,
): JsonSchema {
  const shape = schemas[type] ?? {}
  const sorted = [...kinds.values()].sort((a, b) => (a.kind < b.kind ? -1 : 1))
  const names = sorted.map(({ kind, summary }) => ({ const: kind, description: summary }))
  return {
    ...shape,
    properties: { ...propertiesOf(shape), [type]: { description: `Kind of the ${type}.`, oneOf: names } },
    allOf: sorted.map(({ kind, summary }) => {
      const settings = schemas[`${type} ${kind}`] ?? {}
      return {
        if: { properties: { [type]: { const: kind } }, required: [type] },
        // oxlint-disable-next-line unicorn/no-thenable -- the word of JSON Schema; nobody awaits a schema
        then: {
          properties: { with: { ...settings, description: summary } },
          ...(Array.isArray(settings.required) && settings.required.length > 0 && { required: ['with'] }),
        },
      }
    }),
  }
}

function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>
}

function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  change: (value: A) => B,
): Readonly<Record<string, B>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
