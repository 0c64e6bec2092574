import type { Secret } from '../../core/secret.ts'
import type { LabCenterParts } from './lab-center.ts'

/** How everybody reaches a Nacos of the lab: its public namespace, as the user nacos. */
export function nacosAccess(
  url: string,
  password: Secret,
): Pick<LabCenterParts<unknown>, 'system' | 'access' | 'environment' | 'password'> {
  const user = { servers: [url], namespace: '', username: 'nacos' }
  return {
    system: { kind: 'nacos', ...user, contextPath: '/nacos', password: 'env:NACOS_PASSWORD' },
    access: { kind: 'nacos', ...user, password },
    environment: {
      NACOS_SERVERS: url,
      NACOS_NAMESPACE: '',
      NACOS_USERNAME: 'nacos',
      NACOS_PASSWORD: password.reveal(),
    },
    password,
  }
}
