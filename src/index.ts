/** Public API of the runner. Services import `cutover-kit/express` and its siblings instead. */
export { CutoverError, isCutoverError } from './core/errors.ts'
export { Secret } from './core/secret.ts'
export { defineStep } from './core/step.ts'
export { defineGate } from './core/gate.ts'
