import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Fault } from './fault.ts'
import type { FaultStage } from './open-fault-stage.ts'

const library = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'
const hour = 3600
const jumps = [hour, -hour, 24 * hour, -24 * hour] as const

/** True: libfaketime (Debian's package of this name) is here, so a process can be given another wall clock. */
export function canFakeTime(): boolean {
  return existsSync(library)
}

function offsetFile({ lab }: FaultStage): string {
  return join(lab.directory, 'faketime')
}

/** The runner's wall clock is set; its monotonic clock, and every other process, goes on. */
export const clockJumped: Fault = {
  name: 'clock jumped',
  kind: 'clock',
  bites: /^(before|after) (step|gate|no-return)/,
  async environment(stage) {
    await writeFile(offsetFile(stage), '+0\n')
    return {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: offsetFile(stage),
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_CACHE_DURATION: '1',
    }
  },
  async strike({ stage, random }) {
    const seconds = jumps[Math.floor(random() * jumps.length)] ?? hour
    await writeFile(offsetFile(stage), `${seconds > 0 ? '+' : ''}${seconds}\n`)
    // The time stays as it was set: whoever takes the run up has the same clock.
    return () => Promise.resolve()
  },
}
