import type { Secret } from '../../../core/secret.ts'
import type { EtcdUser } from './running-etcd.ts'

const role = 'documents'

/** Adds root and the user, whose one role has its right on the prefix and on nothing else, and turns authentication on. */
export async function addUsers(
  ask: (path: string, body: unknown) => Promise<unknown>,
  user: EtcdUser,
  root: Secret,
): Promise<void> {
  const { username, password, prefix = '/config/', right = 'READWRITE' } = user
  const key = Buffer.from(prefix)
  await ask('/v3/auth/user/add', { name: 'root', password: root.reveal() })
  await ask('/v3/auth/user/grant', { user: 'root', role: 'root' })
  await ask('/v3/auth/role/add', { name: role })
  await ask('/v3/auth/role/grant', {
    name: role,
    perm: { permType: right, key: key.toString('base64'), range_end: endOf(key).toString('base64') },
  })
  await ask('/v3/auth/user/add', { name: username, password: password.reveal() })
  await ask('/v3/auth/user/grant', { user: username, role })
  await ask('/v3/auth/enable', {})
}

/** The first key after all that begin with these bytes. */
function endOf(prefix: Buffer): Buffer {
  const end = Buffer.from(prefix)
  const last = end.length - 1
  end.writeUInt8(end.readUInt8(last) + 1, last)
  return end
}
