import { installWithApt } from './install-with-apt.ts'

export interface InstallOptions {
  readonly say: (text: string) => void
  readonly signal: AbortSignal
}

/** Only the programs: no service is set up or started, no data directory made. */
const packages = ['mariadb-server-core', 'mariadb-client-core']
const program = '/usr/sbin/mariadbd'

/** Installs MariaDB's programs with apt. Must be root. */
export async function installMariadb({ say, signal }: InstallOptions): Promise<string> {
  say('installing MariaDB with apt')
  await installWithApt(packages, signal)
  return program
}
