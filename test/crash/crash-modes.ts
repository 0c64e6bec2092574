import type { LabLoadOptions } from '../../src/lab/lab-load.ts'
import type { Recovery } from './crash-points.ts'

/** How services move in the run that is killed: by restarts, or live. */
export interface CrashMode {
  readonly name: 'restart' | 'hot'
  /** One of the shipped ones. */
  readonly playbook: string
  /** What is changed in it besides what is changed in all of them. */
  readonly changes: readonly (readonly [from: RegExp, to: (written: string) => string])[]
  readonly load: Omit<LabLoadOptions, 'seed' | 'name'>
  /** The moments that every sample has. */
  readonly always: readonly (readonly [moment: string, recovery: Recovery])[]
}

export const crashModes: Readonly<Record<CrashMode['name'], CrashMode>> = {
  restart: {
    name: 'restart',
    playbook: 'stop-write.yaml',
    changes: [
      // Between the two samples of the counters, where the playbook leaves it to the gate.
      [/ {8}credentials: /, (written) => `        samplesApart: 50ms\n${written}`],
      [/every: (1s|100ms)/g, () => 'every: 50ms'],
    ],
    load: { writesPerSecond: 25, readsPerSecond: 30, billingPerSecond: 10, stockPerSecond: 10 },
    always: [
      ['after step.intended config-read-only', 'undo'],
      ['after step.intended restart-read-only', 'undo'],
      ['after step.intended fence', 'resume'],
      ['after step.intended stop-sync', 'undo'],
      ['after step.intended allow-writes', 'undo'],
      ['after no-return.passed allow-writes', 'resume'],
    ],
  },
  hot: {
    name: 'hot',
    playbook: 'stop-write-hot.yaml',
    changes: [
      [/ {8}credentials: /, (written) => `        samplesApart: 50ms\n${written}`],
      [/every: 1s/g, () => 'every: 50ms'],
      // Two labs and more share the machine.
      [/clockSpread: 50ms, longestWork: 500ms/, () => 'clockSpread: 1s, longestWork: 5s'],
    ],
    // Both servers are closed as a whole, so nobody else may write to them.
    load: { writesPerSecond: 25, readsPerSecond: 30, billingPerSecond: 0, stockPerSecond: 0 },
    always: [
      ['after step.intended close-target', 'undo'],
      ['after step.intended hold', 'undo'],
      ['after step.done hold', 'resume'],
      ['after step.intended fence', 'undo'],
      ['after step.intended allow-writes', 'undo'],
      ['after no-return.passed allow-writes', 'resume'],
      ['after step.intended release', 'resume'],
    ],
  },
}
