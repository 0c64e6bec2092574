import { createRedactor } from '../core/redact.ts'

/** The one of this process: whatever it prints or writes knows every secret it looked up. */
export const redactor = createRedactor()
