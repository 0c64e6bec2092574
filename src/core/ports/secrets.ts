import type { Secret, SecretRef } from '../secret.ts'

/** Resolves secret references at the moment of use. */
export interface Secrets {
  /** @throws CutoverError `secret.unresolved`, naming the reference and what to set. */
  resolve(ref: SecretRef, signal: AbortSignal): Promise<Secret>
}
