/** One JSON line per event on standard output, which the lab writes to the instance's log file. */
export type ServiceLog = (event: string, fields?: Readonly<Record<string, unknown>>) => void

export function openServiceLog(instance: string): ServiceLog {
  return (event, fields = {}) => {
    process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), instance, event, ...fields })}\n`)
  }
}
