import { contentAfter } from '../../core/content-after.ts'
import { CutoverError } from '../../core/errors.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { maskedDifference, maskedText } from '../documents/masked-lines.ts'
import { openDocument, type OpenDocument } from '../documents/open-document.ts'
import { openPlaybook } from '../open-playbook.ts'
import { listenForStop } from '../people/listen-for-stop.ts'
import { redactor } from '../redactor.ts'
import { openSecrets } from '../secrets.ts'

export interface HistoryOptions {
  readonly json?: true
}

/** What is done with an open document; its text goes to standard output. */
type Look = (document: OpenDocument, signal: AbortSignal) => Promise<string>

/** Lists the changes of a service's document, newest first. */
export function documentHistory(file: string, service: string, { json }: HistoryOptions): Promise<ExitCode> {
  return lookAt(file, service, async ({ title, center, ref }, signal) => {
    const now = await center.get(ref, signal)
    const versions = await center.history(ref, signal)
    if (json) {
      const shown = versions.map(({ id, at, by, operation }) => ({ id, at, by, operation }))
      const head = { kind: 'cutover-document-history', version: 1, document: ref, etag: now?.etag ?? null }
      return `${JSON.stringify({ ...head, versions: shown }, null, 2)}\n`
    }
    const rows = versions.map(({ id, at, by, operation }) => [id, at || '-', by || '-', operation])
    return `${title}, group ${ref.group}, is ${now ? `version ${now.etag}` : 'not there'} now\n${columns([['id', 'at', 'by', 'change'], ...rows])}`
  })
}

/** Prints a service's document as it is, or as it was after a change; secrets masked. */
export function documentShow(file: string, service: string, version: string | undefined): Promise<ExitCode> {
  return lookAt(file, service, async (document, signal) =>
    maskedText(document, await textOf(document, version, signal)),
  )
}

/** Prints what differs between two versions, or between one and the document as it is; secrets masked. */
export function documentDiff(
  file: string,
  service: string,
  from: string,
  to: string | undefined,
): Promise<ExitCode> {
  return lookAt(file, service, async (document, signal) => {
    const before = await textOf(document, from, signal)
    return maskedDifference(document, before, await textOf(document, to, signal))
  })
}

/**
 * The text after a change of the history, or as it is now; empty when there was or is none.
 * @throws CutoverError `usage` when the history has no such entry or does not keep enough.
 */
async function textOf(
  { title, center, ref }: OpenDocument,
  version: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  if (version === undefined) return (await center.get(ref, signal))?.content ?? ''
  const text = await contentAfter(center, ref, version, signal)
  if (text !== undefined) return text ?? ''
  throw new CutoverError('usage', `The history of ${title} cannot tell what it was after ${version}`, {
    hint: 'Take an id from: cutover document history.',
  })
}

async function lookAt(file: string, service: string, look: Look): Promise<ExitCode> {
  const playbook = await openPlaybook(file)
  if (!playbook) return exitCodes.usage
  using stop = listenForStop()
  const secrets = openSecrets({ environment: process.env, redactor })
  await using document = await openDocument(playbook, service, secrets)
  process.stdout.write(redactor.redact(await look(document, stop.signal)))
  return exitCodes.done
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
