import type { Log } from '../../core/ports/log.ts'
import type { WriteGate } from '../gate/write-gate.ts'
import type { Swappable } from '../pool/generation.ts'
import type { SwapController } from './swap-controller.ts'

/** One line for each edge of the gate. @returns the way to stop it. */
export function logEdges(
  log: Log,
  instance: string,
  gate: WriteGate,
  facade: Pick<Swappable, 'current'>,
  controller: Pick<SwapController, 'word'>,
): () => void {
  return gate.watch({
    changed({ from, to, generation, refusal, counts }) {
      const { runId, epoch, phase } = controller.word?.notice ?? {}
      const { running, oldestMs, held } = counts
      const { datasource } = facade.current
      log[to === 'refusing' ? 'warn' : 'info'](
        { instance, runId, epoch, phase, from, generation, datasource, running, oldestMs, held },
        refusal === '' ? `writes: ${to}` : `writes: ${to}: ${refusal}`,
      )
    },
  })
}
