/** Text → checked playbook, and the documents made from the kinds a playbook may use. */
export { loadPlaybook, type LoadOptions, type LoadResult } from './load-playbook.ts'
export { variablesOf, type Variables } from './fill-variables.ts'
export type { Complaint } from './complaint.ts'
export type { CodeFrame } from './code-frame.ts'
export { formatComplaints } from './format-complaints.ts'
export { playbookJsonSchema } from './json-schema.ts'
export { renderKindTables } from './kind-tables.ts'
export { generatedFiles } from './generated-files.ts'
