import { toCutoverError } from '../../core/errors.ts'
import type { ConfigCenter } from '../../core/ports/config-center.ts'
import { readDatasource } from '../../service/swap/datasource.ts'
import { labRef } from '../center/lab-center.ts'
import type { Lab } from '../open-lab.ts'

/** Longest time for reading what is stored. */
const readMs = 30_000

/**
 * What is wrong with the documents when a run has ended: the other service's must be as it was to the byte, that of
 * orders as well after a run that was undone, and else name the server that has the truth.
 */
export async function checkDocuments(
  { center, firstDocuments, pair }: Lab<unknown>,
  truth: 'source' | 'target',
): Promise<readonly string[]> {
  const findings: string[] = []
  try {
    const same = truth === 'source' ? ['billing.properties', 'orders.yaml'] : ['billing.properties']
    for (const dataId of same) {
      const content = await stored(center.documents, dataId)
      if (content !== firstDocuments[dataId]) findings.push(`${dataId} is not what it was before the run`)
    }
    const { host, port } = await readDatasource((await stored(center.documents, 'orders.yaml')) ?? '', {
      dataId: 'orders.yaml',
    })
    const right = host === pair[truth].host && port === pair[truth].port
    if (!right) findings.push(`orders.yaml names ${host}:${port}, which is not the ${truth}`)
  } catch (error) {
    findings.push(`the documents could not be checked: ${toCutoverError(error).message}`)
  }
  return findings
}

async function stored(center: ConfigCenter, dataId: string): Promise<string | undefined> {
  return (await center.get(labRef(dataId), AbortSignal.timeout(readMs)))?.content
}
