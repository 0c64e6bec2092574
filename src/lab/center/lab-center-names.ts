/** What a lab can keep its documents in: the words on the command line. */
export const labCenterNames = ['embedded', 'nacos2', 'nacos3', 'etcd', 'file'] as const

export type LabCenterName = (typeof labCenterNames)[number]
