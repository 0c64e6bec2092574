import { inspect } from 'node:util'

/**
 * A value that must not be seen. Printing, JSON, template strings and `util.inspect` all show
 * `‹secret:name›`; only a driver at the edge calls `reveal()`.
 */
export class Secret {
  readonly #value: string
  readonly name: string

  constructor(name: string, value: string) {
    this.name = name
    this.#value = value
  }

  /** The plain value. Call it only where the value leaves the process to the system that needs it. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return `‹secret:${this.name}›`
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }
}

/**
 * A reference to a secret, as a playbook writes it. Resolved late, never stored.
 *
 * - `env:NAME` an environment variable
 * - `file:/path` the content of a file without its last newline; `file:/path#key` a key of a JSON or KEY=VALUE file
 * - `cmd:["argv", …]` the standard output of a program
 * - `generated:name` made by the kit on first use and kept, mode 0600, beside the run's journal
 */
export type SecretRef = string

export const secretRefPattern =
  /^(env:[A-Za-z_][A-Za-z0-9_]*|file:[^#]+(#.+)?|cmd:\[.+\]|generated:[a-z0-9-]+)$/
