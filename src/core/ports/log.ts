/** The subset of pino the kit uses; the default everywhere is silence. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

const silent = (): void => undefined
export const silentLog: Log = { debug: silent, info: silent, warn: silent, error: silent }
