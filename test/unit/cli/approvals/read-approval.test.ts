import { execFileSync } from 'node:child_process'
import { chmod, chown, link, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ApprovalWanted } from '../../../../src/cli/approvals/judge-approval.ts'
import { readApproval, type OpenedFile } from '../../../../src/cli/approvals/read-approval.ts'
import { runnerUids } from '../../../../src/cli/approvals/runner-uids.ts'

const planDigest = 'a1'.repeat(32)
const me = process.getuid?.() ?? 0
// Root can give files away; everybody else is the second person himself, and the runner is somebody else.
const owner = me === 0 ? 4711 : me
const wanted: ApprovalWanted = {
  planDigest,
  validForMs: 3_600_000,
  runnerUids: new Set([me === 0 ? 0 : me + 1]),
  now: new Date(),
}

function textOf(uid: number): string {
  const at = new Date(wanted.now.getTime() - 1000)
  const until = new Date(at.getTime() + 3_600_000)
  const head = { kind: 'cutover-approval', version: 1, planDigest, playbook: 'move', by: 'bob@desk', uid }
  return JSON.stringify({ ...head, at: at.toISOString(), until: until.toISOString() })
}

let directory: string
let file: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cutover-approval-'))
  file = join(directory, 'approval.json')
  await writeFile(file, textOf(owner))
  await chmod(file, 0o644)
  await chown(file, owner, process.getgid?.() ?? 0)
})
afterEach(() => rm(directory, { recursive: true, force: true }))

test('a file of another person counts', async () => {
  expect(await readApproval(file, wanted)).toMatchObject({ counts: true, approval: { by: 'bob@desk' } })
})

test('a file of the runner does not, whatever it says of itself', async () => {
  const mine = { ...wanted, runnerUids: new Set([owner]) }
  expect(await readApproval(file, mine)).toMatchObject({
    counts: false,
    why: expect.stringMatching(/whoever runs this/) as string,
  })
})

test('a symbolic link to a good one does not', async () => {
  const pointer = join(directory, 'pointer.json')
  await symlink(file, pointer)
  expect(await readApproval(pointer, wanted)).toEqual({
    counts: false,
    why: 'cannot be read: it is a symbolic link, name the file itself',
  })
})

test('a second name of the same file does, for it has the same owner', async () => {
  await link(file, join(directory, 'second.json'))
  expect(await readApproval(join(directory, 'second.json'), wanted)).toMatchObject({ counts: true })
})

test('a file that its group may write does not', async () => {
  await chmod(file, 0o664)
  expect(await readApproval(file, wanted)).toMatchObject({
    counts: false,
    why: expect.stringMatching(/\(mode 0664\)/) as string,
  })
})

test('a pipe, a directory and a file that is not there do not, and keep nobody waiting', async () => {
  const pipe = join(directory, 'pipe')
  execFileSync('mkfifo', [pipe])
  expect(await readApproval(pipe, wanted)).toEqual({ counts: false, why: 'is not a regular file' })
  expect(await readApproval(directory, wanted)).toEqual({ counts: false, why: 'is not a regular file' })
  expect(await readApproval(join(directory, 'none'), wanted)).toMatchObject({
    why: 'cannot be read: there is no such file or directory',
  })
})

test('a huge file is not read to its end', async () => {
  await writeFile(file, `${textOf(owner)}${' '.repeat(100_000)}x`)
  await chown(file, owner, process.getgid?.() ?? 0)
  expect(await readApproval(file, wanted)).toMatchObject({ counts: true })
})

test('what is judged is the file that was opened, not what its name stands for by then', async () => {
  const asked: string[] = []
  const opened: OpenedFile = {
    facts: () => Promise.resolve({ isFile: true, uid: 77, mode: 0o100_644 }),
    text: () => Promise.resolve(textOf(77)),
    [Symbol.asyncDispose]: () => Promise.resolve(void asked.push('closed')),
  }
  const judgement = await readApproval('/swapped', wanted, (name) => {
    asked.push(name)
    return Promise.resolve(opened)
  })
  expect(judgement).toMatchObject({ counts: true })
  expect(asked).toEqual(['/swapped', 'closed'])
})

test('the runner is also who called sudo and who logged in', () => {
  const uids = (uid: number, SUDO_UID?: string, loginUid?: string) => [
    ...runnerUids({ uid, environment: { SUDO_UID }, loginUid }),
  ]
  expect(uids(1001)).toEqual([1001])
  expect(uids(0, '1001')).toEqual([0, 1001])
  expect(uids(0, undefined, '1001\n')).toEqual([0, 1001])
  expect(uids(0, 'x', '4294967295')).toEqual([0])
  expect([...runnerUids()]).toContain(me)
})
