/** A JSON Schema as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** Text with a `${NAME}` in it. */
export const variableDefinition: JsonSchema = {
  type: 'string',
  pattern: String.raw`\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}`,
}

const words = new Set(['title', 'description', 'default', 'examples', 'refersTo', 'holds'])

/**
 * Lets a variable stand wherever a number, a choice or text of a certain form is wanted; the editor sees the text
 * before it is filled in. Not for secrets: a variable there would be the secret itself.
 */
export function allowVariables(schema: JsonSchema): JsonSchema {
  const inner = Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => !isIntegerBound(key, value))
      .map(([key, value]) => [key, descend(key, value)]),
  )
  if (!isNarrow(inner)) return inner
  const entries = Object.entries(inner)
  const outside = entries.filter(([key]) => words.has(key))
  const rule = entries.filter(([key]) => !words.has(key))
  return {
    ...Object.fromEntries(outside),
    anyOf: [Object.fromEntries(rule), { $ref: '#/definitions/variable' }],
  }
}

function descend(key: string, value: unknown): unknown {
  if (key === 'properties') {
    const children = Object.entries(value as Readonly<Record<string, JsonSchema>>)
    return Object.fromEntries(children.map(([name, child]) => [name, allowVariables(child)]))
  }
  // `propertyNames` stays as it is: variables are not filled into keys.
  if (['anyOf', 'oneOf', 'allOf'].includes(key)) return (value as readonly JsonSchema[]).map(allowVariables)
  const isSchema = (key === 'items' || key === 'additionalProperties') && typeof value === 'object'
  return isSchema && value !== null && !Array.isArray(value) ? allowVariables(value as JsonSchema) : value
}

function isNarrow(schema: JsonSchema): boolean {
  if (schema.holds === 'secret' || 'const' in schema) return false
  if (schema.type === 'string') return 'pattern' in schema || 'format' in schema || 'enum' in schema
  return ['number', 'integer', 'boolean'].includes(String(schema.type))
}

/** "Any whole number" comes with the bounds of exact integers, which tell a reader nothing. */
function isIntegerBound(key: string, value: unknown): boolean {
  return (key === 'maximum' || key === 'minimum') && Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER
}
