import { z } from 'zod'
import { duration } from '../core/durations.ts'
import { noticeSpec, serviceSpec, systemSpec } from '../core/system-specs.ts'

/** How a playbook is written; the items' `with` is described by their kinds. */

const longestMs = 7 * 24 * 3_600_000

/** More than nothing, and not so long that a timer of the platform would overflow and fire at once. */
function span(description: string): z.ZodType<number> {
  return duration(description)
    .refine((ms) => ms > 0, 'must be longer than nothing')
    .refine((ms) => ms <= longestMs, 'must be at most 168h (seven days)')
}

function moment(description: string): z.ZodType<number> {
  return z.iso
    .datetime({ offset: true, error: 'a moment with its offset, such as 2026-11-22T03:00:00+08:00' })
    .transform((text) => Date.parse(text))
    .meta({ description, examples: ['2026-11-22T03:00:00+08:00'] })
}

const name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'must be letters, digits, - and _, beginning with a letter')

const itemId = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'lower-case words joined by -, such as caught-up-before')
  .meta({
    description: 'Name of this item in messages and in the journal, unique. Default: the name of the kind.',
  })

const onFailure = z.enum(['undo', 'stop']).meta({
  description:
    'undo: walk back what was done. stop: leave everything as it is. Default: undo before the point of no return, stop after it and in settle.',
})

const settings = z
  .unknown()
  .optional()
  .meta({ description: 'What the kind needs to know; see its own table.' })

/** One step of a phase. */
export const stepShape = z.strictObject({
  step: z.string().meta({ description: 'Kind of the step.' }),
  id: itemId.optional(),
  with: settings,
  deadline: span(
    'The step fails when it takes longer. Default: 60s, unless the kind says otherwise.',
  ).optional(),
  onFailure: onFailure.optional(),
  pointOfNoReturn: z.boolean().default(false).meta({
    description:
      'From this step on the target may hold writes that the source lacks, so there is no way back. At most one, in the pause.',
  }),
})

/** One gate of a phase. */
export const gateShape = z.strictObject({
  gate: z.string().meta({ description: 'Kind of the gate.' }),
  id: itemId.optional(),
  with: settings,
  deadline: span('The gate fails when it did not open by then. Default: by kind.').optional(),
  every: span('Time between two readings. Default: by kind.').optional(),
  goodReadings: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .meta({ description: 'So many open readings in a row. Default: by kind.' }),
  onFailure: onFailure.optional(),
})

const items = z.array(z.unknown())

/** The whole file. */
export const playbookShape = z.strictObject({
  name: name.meta({ description: 'Name of the playbook.' }),
  purpose: z.string().min(1).meta({ description: 'What it is for, one sentence.' }),
  confirm: z.string().min(1).meta({
    description:
      'What the operator must type before anything changes. Name the target, so that nobody confirms the wrong move.',
  }),
  reverse: z
    .string()
    .regex(/\.ya?ml$/, 'must be the name of a YAML file')
    .optional()
    .meta({
      description:
        'Playbook that moves the service back, for cutover reverse; a path relative to this file. It is checked and kept with the run when the run begins.',
      examples: ['stop-write-reverse.yaml'],
    }),
  systems: z
    .record(name, systemSpec)
    .meta({ description: 'Databases, sync tasks and config centers, by name.' }),
  services: z
    .record(name, serviceSpec)
    .default({})
    .meta({ description: 'Services that are moved, by name.' }),
  notice: noticeSpec.optional(),
  window: z
    .strictObject({
      notBefore: moment('The pause does not begin before this moment; the run waits for it.').optional(),
      notAfter: moment(
        'The pause must be over by this moment: it does not begin when its budget does not fit any more.',
      ).optional(),
    })
    .optional()
    .meta({ description: 'When the pause may be. Left out: at any time.' }),
  prepare: items.default([]).meta({ description: 'Nobody notices. A failure walks everything back.' }),
  pause: z
    .strictObject({
      budget: span(
        'The announced length of the pause. Passing it before the point of no return leads to undo.',
      ),
      onOverrun: z.enum(['undo', 'go-on']).default('undo').meta({
        description: 'What passing the budget before the point of no return leads to.',
      }),
      onCrash: z.enum(['resume', 'undo']).default('resume').meta({
        description:
          'What is done at once when the runner itself dies in the pause before the point of no return.',
      }),
      steps: items.min(1).meta({ description: 'Steps and gates, in order.' }),
    })
    .meta({ description: 'Writes are refused or held.' }),
  settle: items.default([]).meta({ description: 'Users write to the target.' }),
})

export type PlaybookShape = z.infer<typeof playbookShape>
