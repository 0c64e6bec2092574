import { hostname } from 'node:os'
import { contentAfter } from '../../core/content-after.ts'
import { CutoverError } from '../../core/errors.ts'
import type { Expectation, StoredDocument } from '../../core/ports/config-center.ts'
import { systemClock } from '../../core/system-clock.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { maskedDifference } from '../documents/masked-lines.ts'
import { openDocument, type OpenDocument } from '../documents/open-document.ts'
import { rollBack } from '../documents/roll-back.ts'
import { openPlaybook } from '../open-playbook.ts'
import { listenForStop } from '../people/listen-for-stop.ts'
import { openOperator } from '../people/operator.ts'
import { openPromptQueue } from '../people/prompt-queue.ts'
import { whoAmI } from '../people/who-am-i.ts'
import { redactor } from '../redactor.ts'
import { openSecrets } from '../secrets.ts'
import { showError } from '../show-error.ts'

export interface RollbackOptions {
  readonly etag?: string
  readonly yes?: true
}

/** Stands for the version of a document that is not there. */
const absent = 'absent'

/** Writes what a service's document was after an earlier change, when it is still what was looked at. Restarts nothing. */
export async function documentRollback(
  file: string,
  service: string,
  version: string,
  options: RollbackOptions,
): Promise<ExitCode> {
  if (options.yes && options.etag === undefined) {
    throw new CutoverError('usage', '--yes needs --etag: the version that is to be overwritten', {
      hint: 'cutover document history shows it.',
    })
  }
  const playbook = await openPlaybook(file)
  if (!playbook) return exitCodes.usage
  using stop = listenForStop()
  const secrets = openSecrets({ environment: process.env, redactor })
  await using document = await openDocument(playbook, service, secrets)
  const { center, ref, lock, title } = document
  const now = await center.get(ref, stop.signal)
  requireVersion(document, now, options.etag)
  const content = await earlierText(document, version, stop.signal)
  if (now?.content === content) return say(`${title} is what it was after ${version} already.\n`)
  say(maskedDifference(document, now?.content ?? '', content))
  await confirm(document, now, version, options, stop.signal)
  const by = `${whoAmI()}@${hostname()} pid ${process.pid}`
  const expect: Expectation = now ? { etag: now.etag } : 'absent'
  const reason = `rolls ${ref.dataId} back to ${version}`
  const note = (text: string): void => void process.stderr.write(redactor.redact(`note: ${text}\n`))
  const wish = { lock, center, ref, content, expect, by, reason, clock: systemClock, say: note }
  const result = await rollBack(wish, stop.signal)
  if (!result.done) {
    showError(result.failure, (text) => redactor.redact(text))
    return exitCodes.stranded
  }
  return say(
    `${title} is what it was after ${version}, version ${result.stored.etag}; ${whatNow(document, service)}\n`,
  )
}

function say(text: string): ExitCode {
  process.stdout.write(redactor.redact(text))
  return exitCodes.done
}

function requireVersion({ title, center }: OpenDocument, now: StoredDocument | null, wanted?: string): void {
  const etag = now?.etag ?? absent
  if (wanted === undefined || wanted === etag) return
  throw new CutoverError('conflict', `${title} is version ${etag}, not ${wanted}; nothing was overwritten`, {
    where: center.name,
    hint: 'Somebody has changed it. Look at it again: cutover document history.',
  })
}

async function earlierText(
  { title, center, ref }: OpenDocument,
  version: string,
  signal: AbortSignal,
): Promise<string> {
  const text = await contentAfter(center, ref, version, signal)
  if (typeof text === 'string') return text
  const why = text === null ? `${version} removed it` : `its history cannot tell what it was after ${version}`
  throw new CutoverError('usage', `${title} cannot be rolled back: ${why}`, {
    hint: 'Take another id from: cutover document history.',
  })
}

async function confirm(
  { title, ref }: OpenDocument,
  now: StoredDocument | null,
  version: string,
  options: RollbackOptions,
  signal: AbortSignal,
): Promise<void> {
  if (options.yes) return
  const interactive = process.stdin.isTTY && process.stderr.isTTY
  const flags = `--yes --etag ${now?.etag ?? absent}`
  if (!interactive) {
    throw new CutoverError('operator.declined', 'Nothing was changed: there is no terminal to ask at', {
      hint: `Look at the difference, then give ${flags}.`,
    })
  }
  const prompts = openPromptQueue({ interactive, input: process.stdin, output: process.stderr })
  const operator = openOperator({ prompts, agree: [] })
  const text = `Make ${title} what it was after ${version}, as shown above?`
  const answer = await operator.ask({ id: 'rollback', text, typeToAgree: ref.dataId }, signal)
  if (!answer.agreed) throw new CutoverError('operator.declined', `Nothing was changed: ${answer.why}`)
}

function whatNow({ spec }: OpenDocument, service: string): string {
  if (spec.poolOnPublish === 'follows') return `the pools of ${service} follow it by themselves`
  return `nothing was restarted: instances of ${service} that run may go on with what they have`
}
