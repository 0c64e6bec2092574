import { describe, expect, it } from 'vitest'
import { parseAddress, withAddress } from '../../../src/config-centers/documents/database-address.ts'

describe('a database address', () => {
  it.each([
    ['jdbc:mysql://db:3307/orders?useSSL=false&x=%2F', 'db', 3307, 'orders'],
    ['jdbc:mariadb://10.0.0.1/orders', '10.0.0.1', 3306, 'orders'],
    ['mysql://[::1]:3308/orders', '::1', 3308, 'orders'],
    ['jdbc:mysql://[fe80::1%25eth0]/o', 'fe80::1%25eth0', 3306, 'o'],
    ['jdbc:mysql://db:3306/', 'db', 3306, ''],
    ['jdbc:mysql://db', 'db', 3306, ''],
    ['jdbc:mysql://db/or%20ders?a', 'db', 3306, 'or ders'],
    ['jdbc:p6spy:mysql://db:3307/o?a=b', 'db', 3307, 'o'],
    ['jdbc:log4jdbc:mysql://db/o', 'db', 3306, 'o'],
    ['jdbc:aws-wrapper:mysql://db/o', 'db', 3306, 'o'],
    ['jdbc:mysql:aws://db/o', 'db', 3306, 'o'],
    ['r2dbc:pool:mysql://db/o', 'db', 3306, 'o'],
    ['jdbc:mysql:loadbalance://db:3307/o', 'db', 3307, 'o'],
    ['jdbc:mariadb:sequential://db/o', 'db', 3306, 'o'],
    ['jdbc:mysql://address=(host=db)(port=3307)/o?a', 'db', 3307, 'o'],
    ['jdbc:mysql://address=(protocol=tcp)(host=db)/o', 'db', 3306, 'o'],
    ['jdbc:mysql://(host=db,port=3307,useSSL=false)/o', 'db', 3307, 'o'],
    ['jdbc:mysql://db/o?sessionVariables=sql_mode=ANSI,x=1&allowPublicKeyRetrieval=true', 'db', 3306, 'o'],
    ['mysql+pymysql://db/o?charset=utf8mb4', 'db', 3306, 'o'],
    ['tcp(db:3307)/o?parseTime=true&loc=Asia%2FShanghai', 'db', 3307, 'o'],
    ['tcp([::1])/o', '::1', 3306, 'o'],
  ])('%s is understood', (url, host, port, schema) => {
    expect(parseAddress(url)).toEqual({ host, port, schema })
    expect(withAddress(url, parseAddress(url))).toBe(url)
    expect(withAddress(url, {})).toBe(url)
  })

  it('only what changes is written anew', () => {
    const url =
      'jdbc:mysql://old:3306/orders?useUnicode=true&serverTimezone=Asia/Shanghai&rewriteBatchedStatements'
    expect(withAddress(url, { host: 'new' })).toBe(url.replace('old', 'new'))
    expect(withAddress(url, { port: 3307 })).toBe(url.replace('3306', '3307'))
    expect(withAddress(url, { schema: 'a b' })).toBe(url.replace('/orders?', '/a%20b?'))
    expect(withAddress('jdbc:mysql://old/o?a', { host: '::1', port: 3306 })).toBe('jdbc:mysql://[::1]/o?a')
    expect(withAddress('mysql://old/o', { host: 'new', port: 3307 })).toBe('mysql://new:3307/o')
  })

  it('a port that is left out is written in the form of the address', () => {
    const to = { host: '::1', port: 3307 }
    expect(withAddress('jdbc:mysql://address=(host=a)/o', to)).toBe(
      'jdbc:mysql://address=(host=[::1])(port=3307)/o',
    )
    expect(withAddress('jdbc:mysql://(host=a)/o', to)).toBe('jdbc:mysql://(host=[::1],port=3307)/o')
    expect(withAddress('tcp(a)/o?x', to)).toBe('tcp([::1]:3307)/o?x')
    expect(withAddress('jdbc:mysql://a?x', { schema: 'o', port: 1 })).toBe('jdbc:mysql://a:1/o?x')
  })

  it.each([
    ['jdbc:mysql://a:1,b:2/o', 'several servers'],
    ['jdbc:mysql:replication://a,b/o', 'several servers'],
    ['jdbc:mysql://address=(host=a)(port=1),address=(host=b)(port=1)/o', 'several servers'],
    ['jdbc:mysql://(host=a,user=u,password=s3cret)/o', 'credentials'],
    ['jdbc:mysql:loadbalance://a,b/o', 'several servers'],
    ['jdbc:mariadb:aurora://a/o', 'look-up'],
    ['jdbc:mysql+srv://a/o', 'look-up'],
    ['jdbc:mysql+srv:loadbalance://a/o', 'look-up'],
    ['mysql+srv://a/o', 'look-up'],
    ['mysqlx://a/o', 'does not begin'],
    ['jdbc:postgresql://a/o', 'does not begin'],
    ['jdbc:tc:mysql:8.0.36:///o', 'does not begin'],
    ['mysql://user:s3cret@a/o', 'credentials'],
    ['user:s3cret@tcp(a)/o', 'credentials'],
    ['user:s3cret@unix(/tmp/s.sock)/o', 'TCP'],
    ['jdbc:mysql://a/o?x=1&password=s3cret', 'credentials'],
    ['mysql://user:1/s3cret@a/o', 'more than a schema'],
    ['jdbc:mysql://a/o?user=x&user=y', 'two parameters'],
    ['jdbc:mysql://x:y@a/o?user=z', 'two places'],
    ['jdbc:mysql://a /o', 'blanks'],
    ['jdbc:mysql:///o', 'names no server'],
    ['jdbc:mysql://a:0/o', 'names no server'],
    ['jdbc:mysql://a:99999/o', 'names no server'],
    ['jdbc:mysql://::1/o', 'names no server'],
    ['jdbc:mysql://a,/o', 'names no server'],
    ['', 'does not begin'],
  ])('%s is refused', (url, text) => {
    expect(() => parseAddress(url)).toThrow(text)
    expect(() => withAddress(url, { host: 'x' })).toThrow(expect.objectContaining({ code: 'system.refused' }))
    expect(() => parseAddress(url)).not.toThrow('s3cret')
  })

  it('a host that is none is refused', () => {
    expect(() => withAddress('mysql://a/o', { host: 'b/c' })).toThrow('more than a schema')
    expect(() => withAddress('mysql://a/o', { host: 'b?c' })).toThrow('cannot be pointed')
    expect(() => withAddress('mysql://a/o', { host: 'b,c' })).toThrow('several servers')
    expect(() => withAddress('mysql://a/o', { port: 70_000 })).toThrow('names no server')
  })
})
