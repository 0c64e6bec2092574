import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.ts'

/** The disk of the journal is full from here on; what little room a page has left may be used. */
export const diskFull: Fault = {
  name: 'disk full for the journal',
  bites: /^(before|after) (step|gate|undo)/,
  smallDisk: true,
  async strike({ stage }) {
    await stage.disk.fill()
    return () => stage.disk.free()
  },
}

/** The runner's process gets no processor time for longer than every timeout it relies on. */
export const runnerStopped: Fault = {
  name: 'runner stopped and continued',
  bites:
    /^after (step\.intended (fence|config-read-only|stop-sync|allow-writes)|gate\.waiting (no-sessions|caught-up-after))/,
  async strike({ pid, longestMs }) {
    const process_ = await pid()
    process.kill(process_, 'SIGSTOP')
    const back = sleep(longestMs * 5).then(() => process.kill(process_, 'SIGCONT'))
    return async () => void (await back)
  },
}
