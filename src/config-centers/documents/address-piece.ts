import { CutoverError } from '../../core/errors.ts'

/** One part of an address, and the text it stands in. */
export interface Piece {
  /** Decoded. */
  readonly value: string
  /** UTF-16 offsets into the address, end exclusive; the same twice where the part is left out. */
  readonly start: number
  readonly end: number
  /** The text that stands for another value in this place, with the sign before it where that is missing. */
  write(value: string): string
}

export interface AddressParts {
  /** At least one. */
  readonly servers: readonly { readonly host: Piece; readonly port: Piece }[]
  readonly schema: Piece
  readonly user?: Piece | undefined
  readonly password?: Piece | undefined
}

export const defaultPort = '3306'

const oneServerHint =
  'Give the service an address of one server, such as jdbc:mysql://host:3306/schema?parameters.'

// The address itself is not repeated: parameters may hold a password.
export function refuseAddress(reason: string, { hint = oneServerHint } = {}): CutoverError {
  return new CutoverError('system.refused', `the database address in the document ${reason}`, { hint })
}
