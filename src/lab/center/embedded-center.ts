import { randomPassword } from '../servers/random-password.ts'
import { makeLabCenter, type LabCenter } from './lab-center.ts'
import { nacosAccess } from './nacos-access.ts'
import { startNacosServer, type RunningNacos } from './start-nacos-server.ts'

/** A server in this process that answers as Nacos 3.1 does, and can be told to fail. */
export async function openEmbeddedCenter(): Promise<LabCenter<RunningNacos>> {
  const password = randomPassword('nacos')
  const auth = { username: 'nacos', password: password.reveal() }
  const server = await startNacosServer({ flavour: '3.1', auth })
  return makeLabCenter({ server, ...nacosAccess(server.url, password) })
}
