import { describe, expect, it } from 'vitest'
import { documentEditor } from '../../../src/config-centers/documents/document-editor.ts'
import type { DatasourceFields } from '../../../src/core/ports/document-editor.ts'

const to = { host: 'new', port: 3307, user: 'app2', password: 'n3w:p@ss/w' }
const spring: DatasourceFields = { url: 'db.url', user: 'db.user', password: 'db.password' }
const inUrl: DatasourceFields = { url: 'dsn', user: 'dsn', password: 'dsn' }

function edit(content: string, fields = spring, wish: object = {}): string {
  return documentEditor.editDatasource(content, 'properties', fields, { ...to, ...wish })
}
function read(content: string, fields = spring): unknown {
  const found = documentEditor.readDatasource(content, 'properties', fields)
  return [found.title, found.user, found.password.reveal()]
}
function text(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([path, value]) => `${path}=${value}\n`)
    .join('')
}

describe('a datasource in a document', () => {
  const plain = 'db.url=jdbc:mysql://old:3306/o?a=b\n# c\ndb.user=app\ndb.password=old\n'

  it('is read and changed as a whole', () => {
    expect(read(plain)).toEqual(['old:3306/o', 'app', 'old'])
    const edited = 'db.url=jdbc:mysql://new:3307/o?a=b\n# c\ndb.user=app2\ndb.password=n3w:p@ss/w\n'
    expect(edit(plain)).toBe(edited)
    expect(edit(edited)).toBe(edited)
    expect(edit(plain, spring, { schema: 'x' })).toBe(edited.replace('/o?', '/x?'))
  })

  it('shows its password to nobody who prints it', () => {
    const found = documentEditor.readDatasource(plain.replace('=old', '=s3cret'), 'properties', spring)
    expect(found.password.reveal()).toBe('s3cret')
    expect(JSON.stringify(found)).not.toContain('s3cret')
  })

  it.each([
    ['mysql://app:old@old/o?x=1', 'mysql://app2:n3w%3Ap%40ss%2Fw@new:3307/o?x=1'],
    ['mysql+pymysql://a%40b:%25@old:3306/o', 'mysql+pymysql://app2:n3w%3Ap%40ss%2Fw@new:3307/o'],
    ['app:o:l@d/@tcp(old:3306)/o?loc=UTC', 'app2:n3w:p@ss/w@tcp(new:3307)/o?loc=UTC'],
    [
      'jdbc:mysql://old/o?user=app&useSSL=false&password=o%26d',
      'jdbc:mysql://new:3307/o?user=app2&useSSL=false&password=n3w%3Ap%40ss%2Fw',
    ],
    [
      'jdbc:mariadb://old/o?user=app&password=a%26',
      'jdbc:mariadb://new:3307/o?user=app2&password=n3w:p@ss/w',
    ],
  ])('changes user and password inside the address %s', (before, after) => {
    expect(edit(`dsn=${before}\n`, inUrl)).toBe(`dsn=${after}\n`)
    expect(read(`dsn=${after}\n`, inUrl)).toEqual(['new:3307/o', 'app2', 'n3w:p@ss/w'])
  })

  it('refuses credentials where the fields do not say they are', () => {
    expect(() =>
      edit(text({ 'db.url': 'mysql://u:s3cret@h/o', 'db.user': 'u', 'db.password': 'p' })),
    ).toThrow('holds credentials, which would still be the old ones')
    expect(() => edit('dsn=mysql://h/o\n', inUrl)).toThrow('does not hold user and password')
    expect(() => edit('dsn=mysql://u@h/o\n', inUrl)).toThrow('does not hold user and password')
    expect(() => edit('dsn=mysql://h/o\ndb.user=u\n', { ...inUrl, user: 'db.user' })).toThrow(
      'both user and password',
    )
    expect(() => edit('dsn=jdbc:mariadb://h/o?user=u&password=p\n', inUrl, { password: 'a&b' })).toThrow(
      'cannot hold that user or password',
    )
    expect(() => edit('dsn=u:p@tcp(h)/o\n', inUrl, { user: 'a:b' })).toThrow('cannot be pointed')
  })

  it('several servers are read, and replaced by a whole new address only', () => {
    const several = plain.replace('old:3306', 'a:3306,b:3307')
    expect(read(several)).toEqual(['a:3306,b:3307/o', 'app', 'old'])
    expect(() => edit(several)).toThrow('names several servers')
    const url = 'jdbc:mysql:loadbalance://new:3307,more:3307/o?a=b'
    expect(edit(several, spring, { url })).toContain(`db.url=${url}\n`)
    expect(edit(edit(several, spring, { url }), spring, { url })).toBe(edit(several, spring, { url }))
  })

  it.each([
    ['jdbc:mysql://other:3307/o', 'would not be one of the wanted server'],
    ['jdbc:mysql://new:3306/o', 'would not be one of the wanted server'],
    ['mysql://u:s3cret@new:3307/o', 'holds credentials'],
    ['new:3307', 'does not begin'],
  ])('the whole new address %s is refused', (url, message) => {
    expect(() => edit(plain, spring, { url })).toThrow(message)
  })
})

describe('placeholders of a datasource', () => {
  const own = {
    'mysql.host': 'old',
    'mysql.port': '3306',
    'mysql.password': 'old',
    'db.url': 'jdbc:mysql://${mysql.host:localhost}:${mysql.port}/o?a=b',
    'db.user': 'app',
    'db.password': '${mysql.password}',
  }

  it('that name keys of the same document are followed, and those keys change', () => {
    expect(read(text(own))).toEqual(['old:3306/o', 'app', 'old'])
    expect(edit(text(own))).toBe(
      text({
        ...own,
        'mysql.host': 'new',
        'mysql.port': '3307',
        'mysql.password': to.password,
        'db.user': 'app2',
      }),
    )
  })

  it('may hold a part, or the whole address', () => {
    const part = {
      'a.server': 'old:3306',
      'db.url': 'mysql://${a.server}/o',
      'db.user': 'u',
      'db.password': 'p',
    }
    expect(edit(text(part))).toContain('a.server=new:3307\n')
    const whole = { 'a.url': 'mysql://old/o', 'db.url': '${a.url}', 'db.user': 'u', 'db.password': 'p' }
    expect(edit(text(whole))).toContain('a.url=mysql://new:3307/o\n')
    const after = { h: 'old', 'db.url': 'mysql://${h}/o', 'db.user': 'u', 'db.password': 'p' }
    expect(edit(text(after))).toContain('db.url=mysql://${h}:3307/o\n')
  })

  it('do not change a key that something else uses', () => {
    expect(() => edit(text({ ...own, 'redis.host': '${mysql.host}' }))).toThrow(
      'mysql.host would have to change, and redis.host uses it too (7:12)',
    )
    expect(() => edit(text({ ...own, 'redis.host': '${mysql.host:x}' }))).toThrow('uses it too')
    expect(edit(text({ ...own, 'redis.host': '${mysql.host}' }), spring, { host: 'old' })).toContain(
      '=3307\n',
    )
  })

  it.each([
    [
      { 'mysql.host': undefined },
      'db.url holds the placeholder ${mysql.host}, its value comes from elsewhere',
    ],
    [{ 'mysql.host': '${DB_HOST:x}' }, 'mysql.host, which a placeholder names, is one itself or encrypted'],
    [{ 'mysql.password': 'ENC(s3cret)' }, 'mysql.password, which a placeholder names, is one itself or'],
    [{ 'mysql.host': 'ol', 'db.url': 'mysql://${mysql.host}d/o' }, 'stands in it and in a placeholder'],
    [{ 'db.url': 'mysql://${a:${b}}/o' }, 'broken or stands in another one'],
    [{ 'db.user': 'a${b' }, 'db.user holds a placeholder that is broken'],
    [{ 'db.url': 'mysql://h/${' }, 'db.url holds a placeholder that is broken'],
    [{ 'db.url': 'mysql://h/o?user=${U}&password=${P}' }, 'a placeholder for user or password'],
    [{ 'db.password': '${mysql.password}x' }, 'stands in it and in a placeholder'],
  ])('that cannot be followed are refused: %j', (changed, message) => {
    const values = Object.entries({ ...own, ...changed }).filter(([, value]) => value !== undefined)
    const content = text(Object.fromEntries(values) as Record<string, string>)
    expect(() => edit(content)).toThrow(message)
    expect(() => edit(content)).not.toThrow('s3cret')
  })

  it('stay as they are in parameters', () => {
    const content = text({ ...own, 'db.url': 'jdbc:mysql://old/o?useSSL=${SSL:false}&x=${' })
    expect(edit(content)).toContain('db.url=jdbc:mysql://new:3307/o?useSSL=${SSL:false}&x=${\n')
    expect(() => edit(content, spring, { url: 'jdbc:mysql://new:3307/o' })).toThrow('would be lost')
  })

  it('say where to look for them', () => {
    try {
      edit('db.url=mysql://${MYSQL_HOST:pig-mysql}/o\ndb.user=u\ndb.password=p\n')
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({
        code: 'system.refused',
        where: '1:8',
        hint: expect.stringMatching(/^Look for MYSQL_HOST in the environment/) as string,
      })
    }
  })
})
