import { describe, expect, test } from 'vitest'
import { catalogue } from '../../../src/steps/catalogue.ts'

/** Why each kind may be left out after a failure, or why never. A new kind must be thought through here. */
const mayBeLeftOut: Readonly<Record<string, string>> = {
  'announce-upgrade': 'a notice shapes what users see, and ends by itself; the fence does not rely on it',
  'config-received': 'evidence of arrival only; what instances use, their sessions tell',
  'drop-account': 'tidying up; nothing relies on the absence of the account',
  'restart-services': 'proves nothing; an instance with its old datasource meets the fence',
  'retire-datasource': 'tidying up; nothing reads the staged document any more',
  'services-healthy': 'about services, not about data',
  'smoke-test': 'a trial; what it would lose was proven before by fence, position and rows',
}
const never: Readonly<Record<string, string>> = {
  'allow-writes': 'the target takes no writes without it, and it is where the point of no return stands',
  'caught-up': 'the proof that no write is missing on the target',
  'databases-compatible': 'the proof that the target can hold what the source holds',
  'do-by-hand': 'what a person is told to do may be the very thing that protects data',
  'hold-writes': 'without it every write meets the fence, in the middle of a pause that nobody was told of',
  'instances-ready': 'a process that is not ready would hold writes for nothing, and then refuse them',
  'no-sessions': 'the proof that nobody writes with an old session',
  'operator-agrees': 'leaving it out would be the yes that nobody gave',
  'prepare-release': 'without it no process could see its release',
  'provision-account': 'makes sure that an account may not write before its time',
  'release-writes': 'without it no process would write again',
  'remove-sync':
    'a sync that stays starts again with the server, and carries what happens on the source to the target',
  'restore-config': 'services would go on with a datasource that was published for a time only',
  'rows-match': 'the proof that the rows are equal',
  'run-command': 'what a program of the playbook does may be the very thing that protects data',
  'stage-datasource': 'without it no process has anything to be switched to',
  'start-sync': 'without it writes on the target never reach the source, and the way back would lose them',
  'stop-sync': 'a sync that runs on would overwrite writes on the target',
  'stop-writes': 'the fence',
  'switch-config': 'services would go on with the old datasource, and the run would call itself completed',
  'try-config':
    'left out after it failed, its gray version would stay, and what it tried would go to everybody',
  'writes-stopped': 'the proof that the fence holds',
}

describe('after a failure', () => {
  const kinds = [...catalogue.steps.values(), ...catalogue.gates.values()]

  test('exactly the kinds may be left out that can cost neither a write nor a proof', () => {
    const marked = kinds.filter((kind) => kind.skippable === true).map(({ kind }) => kind)
    expect(marked.sort()).toEqual(Object.keys(mayBeLeftOut))
  })

  test('of every other kind there is a reason why not', () => {
    const unmarked = kinds.filter((kind) => kind.skippable !== true).map(({ kind }) => kind)
    expect(unmarked.sort()).toEqual(Object.keys(never))
  })
})
