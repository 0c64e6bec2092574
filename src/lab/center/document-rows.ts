/** Where a document lives. `tenant` is Nacos' older word for the namespace id. */
export interface DocumentKey {
  readonly tenant: string
  readonly group: string
  readonly dataId: string
}

/** What a publish sends; what is left out is treated as the real server treats it. */
export interface DocumentDraft {
  readonly content: string
  readonly type?: string | undefined
  readonly desc?: string | undefined
  readonly appName?: string | undefined
  readonly tags?: string | undefined
  readonly user: string
  readonly ip: string
}

export interface DocumentRow extends DocumentDraft {
  readonly key: DocumentKey
  readonly md5: string
  readonly createdAt: number
  readonly modifiedAt: number
  /** True after a crash between the two rows that 3.1 keeps for one document: no compare-and-set succeeds any more. */
  readonly wedged?: boolean
}

export interface HistoryRow {
  readonly id: number
  readonly key: DocumentKey
  readonly operation: 'I' | 'U' | 'D'
  /** The inserted content, but the previous one for updates and deletions, as Nacos records it. */
  readonly content: string
  readonly md5: string
  readonly type: string
  readonly appName: string
  readonly user: string
  readonly ip: string
  readonly at: number
  /** Changes of gray versions stand in the same list. Absent: formal. */
  readonly publishType?: 'formal' | 'gray'
}
