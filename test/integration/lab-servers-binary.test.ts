import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findDatabaseBinary } from '../../src/lab/servers/find-database-binary.ts'
import { findMainArchive } from '../../src/lab/servers/find-debian-mirror.ts'

const mariadbVersion = 'mysqld  Ver 11.8.2-MariaDB for Linux on x86_64 (made for this test)'
const mysqlVersion = 'mysqld  Ver 9.7.4 for Linux on x86_64 ((Debian))'

let home: string

async function program(path: string, output: string): Promise<string> {
  const file = join(home, path)
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, `#!/bin/sh\necho '${output}'\n`)
  await chmod(file, 0o755)
  return file
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'lab-'))
})

afterAll(() => rm(home, { recursive: true, force: true }))

describe('finding a server program', () => {
  it('takes the flag before the environment, and the environment before PATH', async () => {
    const flag = await program('flag/mysqld', mysqlVersion)
    const variable = await program('env/mysqld', mysqlVersion)
    const onPath = await program('path/mysqld', mysqlVersion)
    const env = { CUTOVER_MYSQLD: variable, PATH: join(home, 'path') }
    expect(await findDatabaseBinary('mysql', { flag, env })).toBe(flag)
    expect(await findDatabaseBinary('mysql', { env })).toBe(variable)
    expect(await findDatabaseBinary('mysql', { env: { PATH: env.PATH } })).toBe(onPath)
  })

  it('looks at what a program is, not at its name', async () => {
    await program('both/1/mysqld', mariadbVersion)
    const real = await program('both/2/mysqld', mysqlVersion)
    const env = { PATH: `${join(home, 'both/1')}:${join(home, 'both/2')}` }
    expect(await findDatabaseBinary('mysql', { env })).toBe(real)
    expect(await findDatabaseBinary('mariadb', { env })).toBe(join(home, 'both/1/mysqld'))
  })

  it('refuses a named program that is something else, and says what it is', async () => {
    const flag = await program('wrong/mysqld', mariadbVersion)
    await expect(findDatabaseBinary('mysql', { flag, env: {} })).rejects.toMatchObject({
      code: 'usage',
      message: `${flag} is MariaDB 11.8.2-MariaDB, not MySQL`,
    })
    await expect(
      findDatabaseBinary('mariadb', { env: { CUTOVER_MARIADBD: join(home, 'missing') } }),
    ).rejects.toMatchObject({ code: 'usage', where: 'CUTOVER_MARIADBD' })
  })
})

describe('the mirror an unpacked server comes from', () => {
  it.each([
    ['deb http://mirror.test/debian bookworm main', 'http://mirror.test/debian'],
    ['deb [arch=amd64 signed-by=/k.gpg] https://mirror.test/debian/ sid main', 'https://mirror.test/debian/'],
    ['Types: deb\n# a note\nURIs: http://mirror.test/debian\nSuites: bookworm', 'http://mirror.test/debian'],
    ['deb http://mirror.test/debian-security bookworm-security main', undefined],
    ['# deb http://mirror.test/debian bookworm main', undefined],
    ['deb https://elsewhere.test/node_20.x nodistro main', undefined],
  ])('is read from %j', (text, uri) => {
    expect(findMainArchive(text)).toBe(uri)
  })
})
