import { join } from 'node:path'
import { randomPassword } from '../servers/random-password.ts'
import { makeLabCenter, type LabCenter, type OpenCenter } from './lab-center.ts'
import { nacosAccess } from './nacos-access.ts'
import type { NacosLine } from './real/nacos-lines.ts'
import type { RealNacos } from './real/real-nacos.ts'
import { startRealNacos } from './real/start-real-nacos.ts'

/** A real server of a line, which asks for a user, as it comes otherwise. */
export function realNacosCenter(line: NacosLine): OpenCenter<RealNacos> {
  return async ({ directory, signal, say }): Promise<LabCenter<RealNacos>> => {
    const password = randomPassword('nacos')
    const auth = { username: 'nacos', password: password.reveal() }
    say(`starting Nacos ${line}`)
    const server = await startRealNacos({ line, directory: join(directory, 'nacos'), auth, signal, say })
    return makeLabCenter({ server, ...nacosAccess(server.url, password) })
  }
}
