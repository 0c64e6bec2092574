import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../../src/core/json.ts'
import type { StepContext, StepKind } from '../../../src/core/step.ts'
import type { CallFailure, FailureMoment } from '../../fakes/fail-at-call.ts'
import { createFakeWorld, sentinel, type FakeWorld } from '../../fakes/fake-world.ts'

interface Scene<Want, Seen extends Json> {
  readonly kind: StepKind<Want, Seen>
  /** The `with:` of a playbook, as text would give it. */
  readonly with: unknown
  /** Prepares the world before the step. */
  readonly prepare?: (world: FakeWorld) => void
  /** The step changes nothing that is part of a snapshot (a question, a command). */
  readonly leavesNoTrace?: boolean
}

let runs = 0

/** What every kind of step promises, whatever it does. */
export function followsTheRulesOfSteps<Want, Seen extends Json>(
  name: string,
  scene: Scene<Want, Seen>,
): void {
  const { kind } = scene
  const want = kind.schema.parse(scene.with)

  function start(): { world: FakeWorld; context: StepContext; before: unknown } {
    const world = createFakeWorld()
    scene.prepare?.(world)
    runs += 1
    return { world, context: world.context({ runId: `run-${runs}` }), before: world.snapshot() }
  }

  async function undo(context: StepContext, seen: Seen): Promise<void> {
    await kind.undo?.(context, want, seen)
    expect(await kind.verifyUndone?.(context, want, seen)).toMatchObject({ holds: true })
  }

  describe(name, () => {
    it('touches nothing while it plans and observes', async () => {
      const { world, context, before } = start()
      await kind.plan(context, want)
      await kind.observe(context, want)
      expect(world.snapshot()).toEqual(before)
      expect(world.commandsRun).toEqual([])
      expect(world.questions).toEqual([])
    })

    it('changes the world, and verify sees it', async () => {
      const { world, context, before } = start()
      const seen = await kind.observe(context, want)
      expect(await kind.verify(context, want, seen)).toMatchObject({ holds: false })
      await kind.run(context, want, seen)
      expect(await kind.verify(context, want, seen)).toMatchObject({ holds: true })
      if (!scene.leavesNoTrace) expect(world.snapshot()).not.toEqual(before)
    })

    it('does no harm when it is run again', async () => {
      const { world, context } = start()
      const seen = await kind.observe(context, want)
      await kind.run(context, want, seen)
      const once = world.snapshot()
      await kind.run(context, want, seen)
      expect(world.snapshot()).toEqual(once)
      expect(await kind.verify(context, want, seen)).toMatchObject({ holds: true })
    })

    it('shows no secret in plan, before-image, evidence or words', async () => {
      const { world, context } = start()
      const plan = await kind.plan(context, want)
      const seen = await kind.observe(context, want)
      await kind.run(context, want, seen)
      const verdict = await kind.verify(context, want, seen)
      await kind.undo?.(context, want, seen)
      const undone = await kind.verifyUndone?.(context, want, seen)
      expect(JSON.stringify([plan, seen, verdict, undone, world.said])).not.toContain(sentinel)
      expect(JSON.parse(JSON.stringify(seen))).toEqual(seen)
    })

    it.each<FailureMoment>(['before', 'after'])(
      'names no secret when a call to the outside fails %s its effect, and finishes when it is run again',
      async (moment) => {
        for (let call = 1; ; call += 1) {
          const { world, context } = start()
          const seen = await kind.observe(context, want)
          const error = await cutOff(world.failure, call, moment, () => kind.run(context, want, seen))
          if (error === undefined) return expect(call).toBeGreaterThan(scene.leavesNoTrace ? 0 : 1)
          expect(JSON.stringify(error, ['code', 'message', 'hint', 'where'])).not.toContain(sentinel)
          await kind.run(context, want, seen)
          expect(await kind.verify(context, want, seen)).toMatchObject({ holds: true })
        }
      },
    )

    if (!kind.undo || kind.irreversible !== undefined) return

    it('restores the world exactly when it is undone, also twice', async () => {
      const { world, context, before } = start()
      const seen = await kind.observe(context, want)
      await kind.run(context, want, seen)
      await undo(context, seen)
      expect(world.snapshot()).toEqual(before)
      await undo(context, seen)
      expect(world.snapshot()).toEqual(before)
    })

    it('has nothing to undo when it never ran', async () => {
      const { world, context, before } = start()
      await undo(context, await kind.observe(context, want))
      expect(world.snapshot()).toEqual(before)
    })

    it.each<FailureMoment>(['before', 'after'])(
      'restores the world when its run was cut off at any call, %s the effect',
      async (moment) => {
        for (let call = 1; ; call += 1) {
          const { world, context, before } = start()
          const seen = await kind.observe(context, want)
          const error = await cutOff(world.failure, call, moment, () => kind.run(context, want, seen))
          await undo(context, seen)
          expect(world.snapshot(), `cut off at call ${call}`).toEqual(before)
          if (error === undefined) return
        }
      },
    )

    it.each<FailureMoment>(['before', 'after'])(
      'restores the world when its undo was cut off at any call, %s the effect, and is repeated',
      async (moment) => {
        for (let call = 1; ; call += 1) {
          const { world, context, before } = start()
          const seen = await kind.observe(context, want)
          await kind.run(context, want, seen)
          const error = await cutOff(world.failure, call, moment, async () =>
            kind.undo?.(context, want, seen),
          )
          await undo(context, seen)
          expect(world.snapshot(), `cut off at call ${call}`).toEqual(before)
          if (error === undefined) return
        }
      },
    )
  })
}

/** What the deed threw; undefined when it did not reach the call that should fail. */
async function cutOff(
  failure: CallFailure,
  call: number,
  moment: FailureMoment,
  deed: () => Promise<void> | undefined,
): Promise<unknown> {
  Object.assign(failure, { calls: 0, failAt: call, moment })
  try {
    await deed()
    return failure.calls < call ? undefined : new Error('the step hid a failed call')
  } catch (error) {
    return error
  } finally {
    failure.failAt = 0
  }
}

/** For tests that look at one failure. */
export async function failureOf(
  deed: Promise<unknown>,
): Promise<{ code: string; message: string; hint: string }> {
  const error: unknown = await deed.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (isDeepStrictEqual(error, undefined)) throw new Error('it did not fail')
  const { code, message, hint } = error as { code: string; message: string; hint: string }
  return { code, message, hint }
}
