import { centerDown, publishAnswerLate, publishAnswerLost, publishLost } from './center-faults.ts'
import type { Fault } from './fault.ts'
import { diskFull, runnerStopped } from './runner-faults.ts'
import { answerLost, cut, frozen, restarted, swallowed } from './server-faults.ts'

export const allFaults: readonly Fault[] = [
  restarted('source', 'stop'),
  restarted('source', 'kill'),
  restarted('target', 'stop'),
  restarted('target', 'kill'),
  frozen('source'),
  frozen('target'),
  cut('source'),
  cut('target'),
  swallowed('source'),
  swallowed('target'),
  answerLost('source'),
  answerLost('target'),
  centerDown,
  publishAnswerLost,
  publishAnswerLate,
  publishLost,
  diskFull,
  runnerStopped,
]
