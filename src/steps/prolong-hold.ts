import { isCutoverError } from '../core/errors.ts'
import type { StepContext } from '../core/step.ts'
import { noticeTime, putNotice, readNotice } from './notice-document.ts'
import { laterThan } from './order-hold.ts'

const validForMs = 60_000

/**
 * Orders the hold of this run once more, for processes that listen no longer: a run that was taken up long after its
 * runner died finds the notice expired, and processes on their way back to the source, which is fenced. They close, look
 * for the release and find it. A config center that is away is left alone: the release stands without it.
 */
export async function prolongHold(context: StepContext): Promise<void> {
  try {
    const stored = await readNotice(context)
    const notice = stored?.notice
    if (notice?.runId !== context.runId || notice.phase !== 'holding') return
    const now = await noticeTime(context)
    const until = new Date(now.getTime() + validForMs).toISOString()
    await putNotice(context, { ...notice, since: laterThan(notice, now).toISOString(), until }, stored)
  } catch (error) {
    context.signal.throwIfAborted()
    if (!isCutoverError(error) || error.code === 'internal') throw error
    context.say(`the notice could not be prolonged: ${error.message}`)
  }
}
