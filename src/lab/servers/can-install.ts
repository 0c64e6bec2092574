import { exists } from './cache-directory.ts'
import { debianKeyring } from './find-debian-mirror.ts'

/** Whether packages can be installed here: as root, on Debian. */
export async function canInstall(): Promise<boolean> {
  return process.getuid?.() === 0 && (await exists('/usr/bin/apt-get')) && (await exists(debianKeyring))
}
