import { z } from 'zod'
import { defineGate } from '../core/gate.ts'

const schema = z.strictObject({
  question: z.string().min(1).meta({ description: 'What the operator is asked.' }),
  type: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Exactly this must be typed to agree. Left out: yes or no.' }),
})
type Want = z.infer<typeof schema>

/** A person says go. No answer, no terminal and no flag are a no, and a no ends the run at once. */
export const operatorAgrees = defineGate<Want>({
  kind: 'operator-agrees',
  summary: 'A person agrees to go on.',
  schema,
  defaults: { deadlineMs: 1_800_000, everyMs: 1000, goodReadings: 1 },
  describe: (want) => `the operator says yes to "${want.question}"`,

  open(context, want) {
    const typing = want.type === undefined ? {} : { typeToAgree: want.type }
    return Promise.resolve({
      async read(signal) {
        const question = { id: context.stepId, text: want.question, ...typing }
        const answer = await context.ports.operator.ask(question, signal)
        if (answer.agreed) return { state: 'open', measured: `${answer.by} agreed (${answer.how})` }
        return { state: 'closed', reason: answer.why, final: true, declined: true }
      },
    })
  },
})
