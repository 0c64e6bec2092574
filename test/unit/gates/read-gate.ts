import type { GateKind, GateReader, GateReading } from '../../../src/core/gate.ts'
import type { FakeWorld } from '../../fakes/fake-world.ts'

/** Opens a gate as a playbook would ask for it. */
export function openGate<Want>(world: FakeWorld, kind: GateKind<Want>, wish: unknown): Promise<GateReader> {
  return kind.open(world.context({ stepId: kind.kind }), kind.schema.parse(wish))
}

/** One look. */
export async function readGate<Want>(
  world: FakeWorld,
  kind: GateKind<Want>,
  wish: unknown,
): Promise<GateReading> {
  return (await openGate(world, kind, wish)).read(new AbortController().signal)
}
