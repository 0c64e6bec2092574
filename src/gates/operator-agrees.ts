import { z } from 'zod'
import { formatMs } from '../core/deadline.ts'
import { duration } from '../core/durations.ts'
import { defineGate, type GateReading } from '../core/gate.ts'
import type { Question } from '../core/ports/operator.ts'
import type { StepContext } from '../core/step.ts'

const longestApprovalMs = 7 * 24 * 3_600_000

const schema = z.strictObject({
  question: z.string().min(1).meta({ description: 'What the operator is asked.' }),
  type: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Exactly this must be typed to agree. Left out: yes or no.' }),
  secondPerson: z.boolean().default(false).meta({
    description:
      'true: another person must have approved this very plan, too, under a login of their own: cutover approve.',
  }),
  approvalValidFor: duration(
    'How long such an approval may hold. One that was made to hold longer does not count.',
  )
    .refine((ms) => ms > 0 && ms <= longestApprovalMs, 'must be more than nothing and at most 168h')
    .default(4 * 3_600_000),
})
type Want = z.infer<typeof schema>

/** A person says go, or two do. No answer, no terminal and no flag are a no, and a no ends the run at once. */
export const operatorAgrees = defineGate<Want>({
  kind: 'operator-agrees',
  summary: 'A person agrees to go on, and where it is wanted a second one has approved the plan.',
  schema,
  // Not skippable: leaving it out would be the yes that nobody gave.
  silenceIsNo: true,
  defaults: { deadlineMs: 1_800_000, everyMs: 1000, goodReadings: 1 },
  describe: (want) => `the operator says yes to "${want.question}"${secondPersonPart(want)}`,
  approvalValidForMs: (want) => (want.secondPerson ? want.approvalValidFor : undefined),

  open(context, want) {
    const question = questionOf(context, want)
    let told = ''
    const tell = (hint: string): void => {
      if (hint !== told) context.say(hint)
      told = hint
    }
    return Promise.resolve({
      async read(signal) {
        // The operator is asked last: whoever says go is at the terminal when it goes.
        const missing = await lookForSecondPerson(context, question, tell, signal)
        return missing ?? askOperator(context, question, signal)
      },
    })
  },
})

function secondPersonPart(want: Want): string {
  if (!want.secondPerson) return ''
  return `, and a second person has approved this plan (valid for at most ${formatMs(want.approvalValidFor)})`
}

function questionOf(context: StepContext, want: Want): Question {
  return {
    id: context.stepId,
    text: want.question,
    ...(want.type === undefined ? {} : { typeToAgree: want.type }),
    ...(want.secondPerson ? { secondPerson: true, approvalValidForMs: want.approvalValidFor } : {}),
  }
}

/** Undefined: nothing is missing, or only `ask` itself can tell. */
async function lookForSecondPerson(
  context: StepContext,
  question: Question,
  tell: (hint: string) => void,
  signal: AbortSignal,
): Promise<GateReading | undefined> {
  if (!question.secondPerson) return undefined
  const found = await context.ports.operator.secondPerson?.(question, signal)
  if (!found || found.approved) return undefined
  tell(found.hint)
  const closed = { state: 'closed', reason: found.why, hint: found.hint } as const
  return found.final ? { ...closed, final: true, declined: true } : closed
}

async function askOperator(
  context: StepContext,
  question: Question,
  signal: AbortSignal,
): Promise<GateReading> {
  const answer = await context.ports.operator.ask(question, signal)
  if (answer.agreed) return { state: 'open', measured: `${answer.by} agreed (${answer.how})` }
  return { state: 'closed', reason: answer.why, final: true, declined: true }
}
