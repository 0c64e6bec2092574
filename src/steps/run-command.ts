import { z } from 'zod'
import { CutoverError } from '../core/errors.ts'
import type { CommandResult } from '../core/ports/commands.ts'
import { secretRef } from '../core/refs.ts'
import { defineStep, type Remark, type StepContext } from '../core/step.ts'
import { finishedHere, rememberFinished } from './finished-here.ts'

function argv(description: string): z.ZodArray<z.ZodString> {
  return z.array(z.string()).min(1).meta({ description })
}

const schema = z.strictObject({
  command: argv('Program and its arguments; no shell, no secrets. Must be safe to repeat.'),
  env: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable name'),
      secretRef('Value of the variable.'),
    )
    .default({})
    .meta({ description: 'Environment variables for all three commands, as references: NAME: env:NAME.' }),
  verify: argv('Ends with status 0 exactly when the wanted state is true; changes nothing.').optional(),
  undo: argv(
    'Brings back what command changed; safe to repeat, and safe when command was cut off.',
  ).optional(),
})
type Want = z.infer<typeof schema>
type Seen = { readonly program: string }

/** Runs a program of yours. Without `undo` the way back leaves its effect as it is, and the plan says so. */
export const runCommand = defineStep<Want, Seen>({
  kind: 'run-command',
  summary: 'Runs a program, with a check and an undo of its own.',
  schema,

  remarks: (want) => [...(want.verify ? [] : [withoutVerify]), ...(want.undo ? [] : [withoutUndo])],

  observe(_context, want) {
    return Promise.resolve({ program: want.command[0] ?? '' })
  },

  plan(_context, want) {
    const back = want.undo ? `undo: ${shown(want.undo)}` : 'no undo'
    return Promise.resolve([
      { subject: `command ${shown(want.command)}`, to: `run (${back})`, fidelity: 'unknown' as const },
    ])
  },

  async run(context, want) {
    const result = await execute(context, want, want.command)
    if (result.exitCode !== 0) throw commandFailed(want.command, result)
    rememberFinished(context, 'run')
  },

  async verify(context, want) {
    if (!want.verify) {
      if (finishedHere(context, 'run'))
        return { holds: true, evidence: `${shown(want.command)} ended with status 0` }
      return { holds: false, reason: `nobody saw ${shown(want.command)} end`, hint: 'It is run again.' }
    }
    const result = await execute(context, want, want.verify)
    if (result.exitCode === 0) return { holds: true, evidence: `${shown(want.verify)} ended with status 0` }
    return { holds: false, reason: failureText(want.verify, result) }
  },

  async undo(context, want) {
    if (!want.undo) return context.say(`${shown(want.command)} has no undo; its effect stays`)
    const result = await execute(context, want, want.undo)
    if (result.exitCode !== 0) throw commandFailed(want.undo, result)
    rememberFinished(context, 'undo')
  },

  verifyUndone(context, want) {
    if (!want.undo) {
      return Promise.resolve({
        holds: true,
        evidence: `${shown(want.command)} has no undo; its effect stays`,
      })
    }
    return Promise.resolve(
      finishedHere(context, 'undo')
        ? { holds: true, evidence: `${shown(want.undo)} ended with status 0` }
        : { holds: false, reason: `nobody saw ${shown(want.undo)} end` },
    )
  },
})

const withoutVerify: Remark = {
  message: 'has nothing that verifies it: after a crash its command is run again, whatever it did before.',
  hint: 'Give it `verify`, a program that ends with status 0 exactly when the wanted state is true.',
}
const withoutUndo: Remark = {
  message: 'has no `undo`: a failure after it walks back around it and leaves its effect.',
  hint: 'Give it `undo`; ["true"] says that nothing has to be brought back.',
  onlyBeforeNoReturn: true,
}

async function execute(context: StepContext, want: Want, command: readonly string[]): Promise<CommandResult> {
  const env: Record<string, string> = {}
  for (const [name, ref] of Object.entries(want.env)) {
    env[name] = (await context.ports.secrets.resolve(ref, context.signal)).reveal()
  }
  return context.ports.commands.run(command, env, context.signal)
}

function commandFailed(command: readonly string[], result: CommandResult): CutoverError {
  return new CutoverError('command.failed', failureText(command, result), {
    where: command[0] ?? 'command',
    hint: 'Run it by hand to see all of its output, mend it, then go on.',
  })
}

function failureText(command: readonly string[], result: CommandResult): string {
  const said = result.outputTail.trim().split('\n').slice(-3).join(' / ')
  return `${shown(command)} ended with status ${result.exitCode}${said === '' ? '' : `: ${said}`}`
}

function shown(command: readonly string[]): string {
  return command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(' ')
}
