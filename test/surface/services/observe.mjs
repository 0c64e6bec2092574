import { createErrorTally, describeError, safeErr, sqlFingerprint } from 'cutover-kit/observe'
import { isOneModule, refused, report } from './trial.cjs'

async function main() {
  const { errno } = describeError(refused)
  const tells = JSON.stringify(safeErr(refused)).includes('INSERT')
  const same = sqlFingerprint('SELECT 1 FROM a') === sqlFingerprint('SELECT 2 FROM a')
  const functions = { createErrorTally, describeError, safeErr, sqlFingerprint }
  report({ errno, tells, same, oneModule: await isOneModule('observe', functions) })
}

void main()
