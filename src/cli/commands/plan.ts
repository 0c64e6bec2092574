import { planPlaybook } from '../../runner/plan-playbook.ts'
import { renderPlan } from '../../runner/render-plan.ts'
import { catalogue } from '../../steps/catalogue.ts'
import { colours } from '../colours.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { listenForStop } from '../people/listen-for-stop.ts'
import { openOperator } from '../people/operator.ts'
import { writePlanFile } from '../runs/plan-file.ts'
import { openPlaybook } from '../open-playbook.ts'
import { checkOutputFile } from '../runs/output-file.ts'
import { redactor } from '../redactor.ts'
import { resolveSecrets } from '../resolve-secrets.ts'
import { openSecrets } from '../secrets.ts'
import { wirePorts } from '../wire-ports.ts'

export interface PlanOptions {
  readonly json?: true
  /** File the plan is written to, for `run --plan`. */
  readonly out?: string
}

/** Prints what a run would change. The plan goes to standard output, everything else to standard error. */
export async function plan(file: string, options: PlanOptions): Promise<ExitCode> {
  await checkOutputFile(options.out)
  const playbook = await openPlaybook(file, process.env, { warn: true })
  if (!playbook) return exitCodes.usage
  using stop = listenForStop()
  const secrets = openSecrets({ environment: process.env, redactor })
  const operator = openOperator({ agree: [] })
  await resolveSecrets(playbook, secrets, stop.signal)
  await using wired = await wirePorts({ playbook, secrets, operator, redactor }, stop.signal)
  const made = await planPlaybook({ playbook, catalogue, ports: wired.ports, signal: stop.signal })
  const text = options.json
    ? `${JSON.stringify(made, null, 2)}\n`
    : renderPlan(made, { colour: colours(process.stdout) })
  process.stdout.write(redactor.redact(text))
  if (options.out) await writePlanFile(options.out, made)
  return made.ok ? exitCodes.done : exitCodes.refused
}
