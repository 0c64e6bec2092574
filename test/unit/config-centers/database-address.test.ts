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

  it.each([
    ['jdbc:mysql://a:1,b:2/o', 'several servers'],
    ['jdbc:mysql://address=(host=a)(port=1)/o', 'several servers'],
    ['jdbc:mysql:loadbalance://a,b/o', 'load balancing'],
    ['jdbc:mariadb:sequential://a/o', 'load balancing'],
    ['jdbc:mysql+srv://a/o', 'load balancing'],
    ['jdbc:postgresql://a/o', 'does not begin'],
    ['mysql://user:s3cret@a/o', 'credentials'],
    ['jdbc:mysql://a/o?x=1&password=s3cret', 'credentials'],
    ['jdbc:mysql:///o', 'names no server'],
    ['jdbc:mysql://a:0/o', 'names no server'],
    ['jdbc:mysql://a:99999/o', 'names no server'],
    ['jdbc:mysql://::1/o', 'names no server'],
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
