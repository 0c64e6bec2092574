/** The two server products the lab can start. */
export type ServerEngine = 'mariadb' | 'mysql'

/** How people write them. */
export const engineNames: Readonly<Record<ServerEngine, string>> = { mariadb: 'MariaDB', mysql: 'MySQL' }
