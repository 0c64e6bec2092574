import { afterAll, beforeAll, describe } from 'vitest'
import type { RealNacos } from '../../src/lab/center/real/real-nacos.ts'
import { configCenterContract, type OpenedCenter } from '../contract/config-center.ts'
import { raceWriters } from '../contract/race-writers.ts'
import { firstStartMs, nameOf, openClients, startVariant, type NacosVariant } from './real-nacos-lab.ts'
import { killsDuringPublish } from './killed-during-publish.ts'
import { wedgedDocument } from './wedged-document.ts'

export interface SuiteOptions {
  /** The contract is run in each of them. */
  readonly namespaces: readonly string[]
  /** How often each of the fifty writers tries. Default: until it has written. */
  readonly attempts?: number
  /** How often the server is killed in the end. Default: never. */
  readonly kills?: number
}

/** Everything one server of a variant must show while it stays up. */
export function realNacosSuite(variant: NacosVariant, options: SuiteOptions): void {
  const { namespaces, kills = 0 } = options
  describe(nameOf(variant), () => {
    let server: RealNacos | undefined
    beforeAll(async () => {
      server = await startVariant(variant)
    }, firstStartMs)
    afterAll(() => server?.[Symbol.asyncDispose]())

    for (const namespace of namespaces) {
      const open = (): Promise<OpenedCenter> => openClients(server as RealNacos, variant, namespace)
      const name = `${nameOf(variant)}, namespace ${namespace === '' ? 'public' : namespace}`
      configCenterContract(name, open)
      raceWriters(name, open, options)
    }
    const twoRows = variant.line === '3.1' && variant.compatibleMode !== false
    if (twoRows && namespaces.includes(''))
      wedgedDocument(() => openClients(server as RealNacos, variant, ''))
    if (kills > 0) killsDuringPublish(variant, () => server as RealNacos, kills)
  })
}
