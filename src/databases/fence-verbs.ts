import { CutoverError } from '../core/errors.ts'
import type { DatabaseServer, FenceImage, FenceSpec, Position } from '../core/ports/database-server.ts'
import { createAccountFence } from './account-fence.ts'
import type { Connection } from './connection.ts'
import { openFenceConnection } from './fence-connection.ts'
import {
  findInstanceGaps,
  lookAtInstance,
  lowerInstanceFence,
  raiseInstanceFence,
  readReadOnly,
} from './instance-fence.ts'
import { readPosition } from './position.ts'
import { proveSilence, type ProvenCounters } from './prove-silence.ts'
import { findSchemaGaps, readSchemas, schemasAs, setSchemas, type SchemaFenceSpec } from './schema-fence.ts'
import type { ServerSession } from './server-session.ts'

type FenceVerbs = Pick<
  DatabaseServer,
  'observeFence' | 'raiseFence' | 'lowerFence' | 'fenceIsUp' | 'proveSilence'
>

/** One kind of fence of one server. */
interface Fence<Spec extends FenceSpec, Image extends FenceImage> {
  observe(spec: Spec, signal: AbortSignal): Promise<Image>
  raise(spec: Spec, signal: AbortSignal): Promise<void>
  lower(spec: Spec, image: Image, signal: AbortSignal): Promise<void>
  /** What keeps it from being up, one line each; empty: it is up. */
  gaps(spec: Spec, signal: AbortSignal): Promise<readonly string[]>
  /** The same with the position, which contains everything that a fence that is up let through. */
  look(spec: Spec, signal: AbortSignal): Promise<Look>
}

interface Look {
  readonly gaps: readonly string[]
  readonly position: Position
}

type AnyFence = Fence<FenceSpec, FenceImage>

/** The fences of one server: of accounts, of schemas, of all of it. */
export function fenceVerbs(session: ServerSession): FenceVerbs {
  const fences = {
    account: accountFence(session),
    schema: schemaFence(session),
    instance: instanceFence(session),
  }
  // The kind of a spec chooses the fence, so each one only gets its own.
  const fenceOf = ({ kind }: FenceSpec): AnyFence => fences[kind]
  const proven: ProvenCounters = new Map()
  const firstPositions = new Map<string, Position>()
  const forget = (): void => {
    proven.clear()
    firstPositions.clear()
  }
  return {
    observeFence: (spec, signal) => fenceOf(spec).observe(spec, signal),
    raiseFence: (spec, signal) => {
      forget()
      return fenceOf(spec).raise(spec, signal)
    },
    lowerFence: async (spec, image, signal) => {
      if (spec.kind !== image.kind) throw unfit(spec, image)
      forget()
      await fenceOf(spec).lower(spec, image, signal)
    },
    async fenceIsUp(spec, signal) {
      const { gaps, position } = await fenceOf(spec).look(spec, signal)
      if (gaps.length > 0) return { up: false, why: gaps.join('; '), position, firstPosition: position }
      const key = JSON.stringify(spec)
      const firstPosition = firstPositions.get(key) ?? position
      firstPositions.set(key, firstPosition)
      return { up: true, why: describeUp(spec), position, firstPosition }
    },
    proveSilence: (spec, options, signal) => {
      const gaps = (inner: AbortSignal): Promise<readonly string[]> => fenceOf(spec).gaps(spec, inner)
      return proveSilence(session, spec, options, gaps, proven, signal)
    },
  }
}

type AccountSpec = Extract<FenceSpec, { kind: 'account' }>
type AccountImage = Extract<FenceImage, { kind: 'account' }>

// A statement whose right was checked before the revoke may still be on its way, and nothing shows it beforehand.
const fenceInDoubt = 'it is not known whether everything that began before it has ended'

/** In this order: only so everything that the fence let through is in the position. */
async function gapsThenPosition(
  session: ServerSession,
  gaps: Promise<readonly string[]>,
  signal: AbortSignal,
): Promise<Look> {
  return { gaps: await gaps, position: await readPosition(session, signal) }
}

function accountFence(session: ServerSession): Fence<AccountSpec, AccountImage> {
  const fence = createAccountFence(session)
  return {
    observe: async (spec, signal) => ({ kind: 'account', accounts: await fence.observe(spec, signal) }),
    raise: (spec, signal) => fence.raise(spec, signal),
    lower: (spec, { accounts }, signal) => fence.lower(spec, accounts, signal),
    gaps: (spec, signal) => fence.gaps(spec, signal),
    async look(spec, signal) {
      const { gaps, position } = await gapsThenPosition(session, fence.gaps(spec, signal), signal)
      return { gaps: fence.oldWritersEnded(spec) ? gaps : [...gaps, fenceInDoubt], position }
    },
  }
}

function schemaFence(
  session: ServerSession,
): Fence<SchemaFenceSpec, Extract<FenceImage, { kind: 'schema' }>> {
  let opened: Connection | undefined
  const connection = (): Connection => (opened ??= openFenceConnection(session, true))
  return {
    async observe(spec, signal) {
      const schemas = await readSchemas(session, spec, signal)
      // What would be refused in the pause is refused here, and the session is there and fresh when it is needed.
      await connection().keepReady(signal)
      return { kind: 'schema', schemas }
    },
    raise: (spec, signal) => setSchemas(session, connection(), schemasAs(spec, true), signal),
    lower: (_spec, { schemas }, signal) => setSchemas(session, connection(), schemas, signal),
    gaps: (spec, signal) => findSchemaGaps(session, spec, signal),
    look: (spec, signal) => gapsThenPosition(session, findSchemaGaps(session, spec, signal), signal),
  }
}

function instanceFence(
  session: ServerSession,
): Fence<Extract<FenceSpec, { kind: 'instance' }>, Extract<FenceImage, { kind: 'instance' }>> {
  let opened: Connection | undefined
  const connection = (): Connection => (opened ??= openFenceConnection(session, false))
  return {
    async observe(_spec, signal) {
      // It is opened or tried here, so that it is there when it is needed.
      await connection().keepReady(signal)
      return { kind: 'instance', ...(await readReadOnly(session, signal)) }
    },
    raise: (_spec, signal) => raiseInstanceFence(session, connection(), signal),
    lower: (_spec, image, signal) => lowerInstanceFence(session, connection(), image, signal),
    gaps: (_spec, signal) => findInstanceGaps(session, signal),
    look: (_spec, signal) => lookAtInstance(session, signal),
  }
}

function describeUp(spec: FenceSpec): string {
  switch (spec.kind) {
    case 'account':
      return 'no fenced account has a right to write, and no session is older than that'
    case 'schema':
      return `${spec.schemas.join(', ')} refuse writes`
    case 'instance':
      return 'the server refuses writes'
  }
}

function unfit(spec: FenceSpec, image: FenceImage): CutoverError {
  return new CutoverError(
    'internal',
    `an image of kind ${image.kind} does not fit a fence of kind ${spec.kind}`,
  )
}
