import { z } from 'zod'
import { CutoverError } from '../core/errors.ts'
import { defineStep, type StepContext } from '../core/step.ts'
import { finishedHere, rememberFinished } from './finished-here.ts'

const schema = z.strictObject({
  instructions: z
    .string()
    .min(1)
    .meta({ description: 'What the operator is to do, and how to see that it worked.' }),
  undo: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'What the operator is to do on the way back. Left out: nothing.' }),
})
type Want = z.infer<typeof schema>
type Seen = { readonly asked: string }

/** Something a person does. The run goes on when the operator says that it is done, and stops at a no. */
export const doByHand = defineStep<Want, Seen>({
  kind: 'do-by-hand',
  summary: 'Shows the operator what to do and waits for the word that it is done.',
  schema,
  defaultDeadlineMs: 1_800_000,

  observe(_context, want) {
    return Promise.resolve({ asked: want.instructions })
  },

  plan(_context, want) {
    return Promise.resolve([{ subject: 'by hand', to: want.instructions, fidelity: 'unknown' as const }])
  },

  async run(context, want) {
    await askDone(context, context.stepId, want.instructions)
    rememberFinished(context, 'run')
  },

  verify(context) {
    return Promise.resolve(
      finishedHere(context, 'run')
        ? { holds: true, evidence: 'the operator says it is done' }
        : {
            holds: false,
            reason: 'the operator has not said that it is done',
            hint: 'The question is asked again.',
          },
    )
  },

  async undo(context, want) {
    if (want.undo === undefined) return
    await askDone(context, `${context.stepId}-undo`, want.undo)
    rememberFinished(context, 'undo')
  },

  verifyUndone(context, want) {
    if (want.undo === undefined)
      return Promise.resolve({ holds: true, evidence: 'nothing to do on the way back' })
    return Promise.resolve(
      finishedHere(context, 'undo')
        ? { holds: true, evidence: 'the operator says it is undone' }
        : { holds: false, reason: 'the operator has not said that it is undone' },
    )
  },
})

async function askDone(context: StepContext, id: string, instructions: string): Promise<void> {
  const answer = await context.ports.operator.ask(
    { id, text: `${instructions}\nIs it done?` },
    context.signal,
  )
  if (answer.agreed) return
  throw new CutoverError('operator.declined', `the operator did not confirm "${id}": ${answer.why}`, {
    where: context.stepId,
    hint: 'Do what it asks, then go on with the run.',
  })
}
