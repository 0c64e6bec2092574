import type { HoldEnd } from '../gate/gate-watcher.ts'

/** The part of a tracer of OpenTelemetry that is used; pass `trace.getTracer('cutover-kit')`. */
export interface HoldTracer {
  startSpan(name: string, options?: { readonly attributes?: Record<string, string | number> }): HoldSpan
}

export interface HoldSpan {
  setAttribute(name: string, value: string | number): unknown
  /** @param status its code 2 is an error. */
  setStatus(status: { code: number }): unknown
  end(): void
}

/** Where a write is going to run. */
export interface SpanPlace {
  /** `host:port/schema`. */
  readonly datasource: string
  readonly flavour: 'mysql' | 'mariadb' | undefined
}

const errorStatus = 2

/**
 * A span for the time a write is held: instrumentations of mysql2 begin theirs when the statement is sent. It belongs
 * to the span that is current where the write was asked for, and carries no SQL.
 * @param place asked at the beginning and at the end: a release changes it.
 */
export function startHoldSpan(tracer: HoldTracer, place: () => SpanPlace): (end: HoldEnd) => void {
  const span = tracer.startSpan('cutover.hold', { attributes: placeAttributes(place()) })
  return ({ outcome, reason, generation }) => {
    span.setAttribute('cutover.hold.outcome', outcome)
    if (generation !== undefined) {
      span.setAttribute('cutover.datasource.generation', generation)
      for (const [name, value] of Object.entries(placeAttributes(place()))) span.setAttribute(name, value)
    }
    if (reason !== undefined) {
      span.setAttribute('error.type', `CUTOVER_${reason.toUpperCase()}`)
      span.setStatus({ code: errorStatus })
    }
    span.end()
  }
}

/** By the stable names of the semantic conventions for databases. */
function placeAttributes({ datasource, flavour }: SpanPlace): Record<string, string | number> {
  const match = /^(?:\[(.+)\]|([^/]*)):(\d+)\/(.*)$/.exec(datasource)
  const address = match?.[1] ?? match?.[2]
  return {
    ...(flavour !== undefined && { 'db.system.name': flavour }),
    ...(match?.[4] !== undefined && match[4] !== '' && { 'db.namespace': match[4] }),
    ...(address !== undefined && { 'server.address': address }),
    ...(match?.[3] !== undefined && { 'server.port': Number(match[3]) }),
  }
}
