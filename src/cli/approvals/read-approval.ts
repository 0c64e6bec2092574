import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { fileProblem } from '../file-problem.ts'
import { judgeApproval, type ApprovalWanted, type FileFacts, type Judgement } from './judge-approval.ts'

/** An approval is a few hundred bytes; nobody needs to read more of a file that is none. */
const longest = 16_384

/** A file that was opened once: what is asked of it and what is read from it are the same file's. */
export interface OpenedFile extends AsyncDisposable {
  facts(): Promise<FileFacts>
  text(): Promise<string>
}

/** Opens the file and judges it. Everything that speaks against it is in the judgement, never thrown. */
export async function readApproval(
  file: string,
  wanted: ApprovalWanted,
  openFile: (file: string) => Promise<OpenedFile> = openApprovalFile,
): Promise<Judgement> {
  try {
    await using opened = await openFile(file)
    return judgeApproval(await opened.facts(), await opened.text(), wanted)
  } catch (error) {
    return { counts: false, why: `cannot be read: ${problem(error)}` }
  }
}

/** Never follows a symbolic link, and never waits for a writer when it is a pipe. */
async function openApprovalFile(file: string): Promise<OpenedFile> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  return {
    async facts() {
      const found = await handle.stat()
      return { isFile: found.isFile(), uid: found.uid, mode: found.mode }
    },
    async text() {
      if (!(await handle.stat()).isFile()) return ''
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(longest), 0, longest, 0)
      return buffer.toString('utf8', 0, bytesRead)
    },
    [Symbol.asyncDispose]: () => handle.close(),
  }
}

function problem(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ELOOP' ? 'it is a symbolic link, name the file itself' : fileProblem(error)
}
