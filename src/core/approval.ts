import { z } from 'zod'

/** What the other person's file says. Who wrote it is the kernel's to tell: the file's owner. */
const approvalShape = z.object({
  kind: z.literal('cutover-approval'),
  version: z.literal(1),
  /** SHA-256 of the plan that was looked at. */
  planDigest: z.string().regex(/^[0-9a-f]{64}$/),
  playbook: z.string(),
  // It is shown on terminals, so it holds nothing that a terminal would obey.
  by: z.string().regex(/^[^\s\p{C}]{1,200}$/u),
  uid: z.number().int().min(0),
  at: z.iso.datetime(),
  until: z.iso.datetime(),
})

export type Approval = Readonly<z.infer<typeof approvalShape>>

/** Of a longer approval a playbook says so itself. */
export const defaultApprovalMs = 4 * 3_600_000

/** Undefined: the text is no approval of this kit. */
export function parseApproval(text: string): Approval | undefined {
  try {
    return approvalShape.safeParse(JSON.parse(text)).data
  } catch {
    return undefined // no JSON; the caller says that it is no approval
  }
}
