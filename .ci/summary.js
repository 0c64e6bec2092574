// Ends the run with one line of counts. A skipped test is a failed one: nothing here is optional.
import { readFileSync } from 'node:fs'

const [testsFile, ...rehearsalFiles] = process.argv.slice(2)
const tests = JSON.parse(readFileSync(testsFile, 'utf8'))
const rehearsals = rehearsalFiles.map((file) => JSON.parse(readFileSync(file, 'utf8')))

const rehearsed = rehearsals.filter(
  (result) => result.exitCode === 0 && result.writes.lost === 0 && result.writes.doubled === 0,
)
const skipped = tests.numPendingTests + tests.numTodoTests
const failed = tests.numFailedTests + skipped + (rehearsals.length - rehearsed.length)

if (skipped > 0) console.log(`${skipped} skipped tests count as failed`)
for (const { engine, pauseMs, writes } of rehearsals) {
  console.log(
    `${engine}: pause ${pauseMs} ms, ${writes.acknowledged} writes acknowledged, ${writes.lost} lost, ${writes.doubled} doubled`,
  )
}
console.log(`${tests.numPassedTests + rehearsed.length} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
