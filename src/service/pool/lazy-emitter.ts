import { EventEmitter } from 'node:events'

/**
 * An emitter that makes its table of listeners with the first of them. Most leases are never listened to, and the table
 * costs more than the rest of them.
 */
export const LazyEmitter = function () {} as unknown as new () => EventEmitter
LazyEmitter.prototype = Object.create(EventEmitter.prototype)
