import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Fault } from './fault.ts'

/**
 * The disk of the journal is full from here on; what little room a page has left may be used. Where no disk can be
 * mounted, the process may not make its files any longer, which to the journal is the same.
 */
export const diskFull: Fault = {
  name: 'disk full for the journal',
  kind: 'disk',
  bites: /^(before|after) (step|gate|undo)/,
  smallDisk: true,
  async strike({ stage, pid, journal }) {
    if (stage.disk.directory !== undefined) {
      await stage.disk.fill()
      return () => stage.disk.free()
    }
    const { size } = await stat(await journal()).catch(() => ({ size: 0 }))
    await promisify(execFile)('prlimit', ['--pid', String(await pid()), `--fsize=${size}`])
    return () => Promise.resolve() // the limit ends with the process
  },
}

/** The runner's process gets no processor time for longer than every timeout it relies on. */
export const runnerStopped: Fault = {
  name: 'runner stopped and continued',
  kind: 'stop',
  bites:
    /^after (step\.intended (fence|config-read-only|stop-sync|allow-writes)|gate\.waiting (no-sessions|caught-up-after))/,
  async strike({ pid, longestMs }) {
    const process_ = await pid()
    process.kill(process_, 'SIGSTOP')
    const back = sleep(longestMs * 5).then(() => process.kill(process_, 'SIGCONT'))
    return async () => void (await back)
  },
}
