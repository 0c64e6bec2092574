import type { Catalogue } from '../core/gate.ts'
import type { AnyStepKind } from '../core/step.ts'
import { gates } from '../gates/catalogue.ts'
import { allowWrites } from './allow-writes.ts'
import { announceUpgrade } from './announce-upgrade.ts'
import { doByHand } from './do-by-hand.ts'
import { dropAccount } from './drop-account.ts'
import { holdWrites } from './hold-writes.ts'
import { prepareRelease } from './prepare-release.ts'
import { releaseWrites } from './release-writes.ts'
import { retireDatasource } from './retire-datasource.ts'
import { stageDatasource } from './stage-datasource.ts'
import { provisionAccount } from './provision-account.ts'
import { removeSync } from './remove-sync.ts'
import { restoreConfig } from './restore-config.ts'
import { restartServices } from './restart-services.ts'
import { runCommand } from './run-command.ts'
import { smokeTest } from './smoke-test.ts'
import { startSync } from './start-sync.ts'
import { stopSync } from './stop-sync.ts'
import { stopWrites } from './stop-writes.ts'
import { switchConfig } from './switch-config.ts'
import { tryConfig } from './try-config.ts'

const steps = [
  provisionAccount,
  dropAccount,
  stopWrites,
  allowWrites,
  stopSync,
  startSync,
  removeSync,
  tryConfig,
  switchConfig,
  restoreConfig,
  restartServices,
  announceUpgrade,
  stageDatasource,
  prepareRelease,
  holdWrites,
  releaseWrites,
  retireDatasource,
  smokeTest,
  runCommand,
  doByHand,
  // The kinds' types differ. The runner hands a kind only what that kind's own schema returned.
] as unknown as readonly AnyStepKind[]

/** Every kind a playbook may use. A new step kind is one file and one line here. */
export const catalogue: Catalogue = {
  steps: new Map(steps.map((step) => [step.kind, step])),
  gates,
}
