// Appends entries of many sizes until it is killed, and prints the number of each one that was acknowledged.
import { writeSync } from 'node:fs'
import { systemClock } from '../../../dist/core/system-clock.js'
import { openJournal } from '../../../dist/runner/open-journal.js'

const directory = process.argv[2] ?? ''
const journal = await openJournal({ directory, actor: 'writer', clock: systemClock, epoch: 1 })
for (let count = 1; ; count += 1) {
  const entry = await journal.append({ type: 'operator.note', text: 'x'.repeat((count * 997) % 20_000) })
  writeSync(1, `${entry.seq}\n`)
}
