/** What a lab can keep its documents in: the words on the command line. */
export const labCenterNames = ['embedded'] as const

export type LabCenterName = (typeof labCenterNames)[number]
