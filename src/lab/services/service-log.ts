import type { Log } from '../../core/ports/log.ts'

/** One JSON line per event on standard output, which the lab writes to the instance's log file. */
export type ServiceLog = (event: string, fields?: Readonly<Record<string, unknown>>) => void

export function openServiceLog(instance: string): ServiceLog {
  return (event, fields = {}) => {
    process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), instance, event, ...fields })}\n`)
  }
}

/** The same log for the kit's own lines. */
export function logFor(log: ServiceLog): Log {
  const write = (level: string) => (fields: object, message: string) => log(message, { level, ...fields })
  return { debug: () => undefined, info: write('info'), warn: write('warn'), error: write('error') }
}
