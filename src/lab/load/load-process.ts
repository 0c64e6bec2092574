import { systemClock } from '../../core/system-clock.ts'
import type { FromLoad, ToLoad } from './load-messages.ts'
import { runLoad, type LoadRun } from './run-load.ts'

/** The load's own process: its timers must not wait for the rehearsal's work, nor the other way round. */
let run: LoadRun | undefined
let ending = false

process.on('message', (message: ToLoad) => {
  handle(message).catch((error: unknown) => {
    answer({ type: 'failed', message: error instanceof Error ? error.message : 'the load failed' })
    process.exitCode = 1
    process.disconnect()
  })
})

// The rehearsal is gone: nobody will read an answer, but the log is worth keeping.
process.on('disconnect', () => {
  if (ending) return
  ending = true
  void run?.stop().finally(() => process.exit(1))
  if (!run) process.exit(1)
})

async function handle(message: ToLoad): Promise<void> {
  if (message.type === 'start') {
    run = await runLoad(message.settings, systemClock)
    answer({ type: 'started' })
  } else if (message.type === 'mark') {
    const at = run?.mark(message.name) ?? 0
    answer({ type: 'marked', number: message.number, at })
  } else if (run && !ending) {
    ending = true
    const summary = await run.stop()
    process.send?.({ type: 'stopped', summary } satisfies FromLoad, () => process.exit(0))
  }
}

function answer(message: FromLoad): void {
  process.send?.(message)
}
