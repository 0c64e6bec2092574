import { describe, expect, it } from 'vitest'
import { isSameDatasource, readDatasource, titleOf } from '../../../../src/service/swap/datasource.ts'

const yaml = `spring:
  datasource:
    url: jdbc:mysql://db1.internal:3307/shop_orders?useSSL=true
    username: orders_app
    password: "p: w"
`

describe('a datasource document', () => {
  it('is read as Spring writes it, by the ending of its name', async () => {
    const found = await readDatasource(yaml, { dataId: 'orders.yaml' })
    expect(titleOf(found)).toBe('db1.internal:3307/shop_orders')
    expect([found.user, found.password.reveal()]).toEqual(['orders_app', 'p: w'])
  })

  it('is read in another format and with other fields when told so', async () => {
    const text = '{"db":{"address":"mysql://[::1]/a","user":"u","secret":"s"}}'
    const fields = { url: 'db.address', user: 'db.user', password: 'db.secret' }
    const found = await readDatasource(text, { dataId: 'orders', format: 'json', fields })
    expect(titleOf(found)).toBe('[::1]:3306/a')
  })

  it('that lacks a field is refused by name, without anything of its content', async () => {
    const text = yaml.replace('password:', 'passwort:')
    const refusal = await readDatasource(text, { dataId: 'orders.yaml' }).catch(String)
    expect(refusal).toContain('orders.yaml has no spring.datasource.password')
    expect(refusal).not.toContain('p: w')
  })

  it('is the same when nothing differs that a connection needs', async () => {
    const now = await readDatasource(yaml, { dataId: 'a.yaml' })
    const commented = await readDatasource(`# note\n${yaml}`, { dataId: 'a.yaml' })
    expect(isSameDatasource(now, commented)).toBe(true)
    for (const [from, to] of [
      ['db1', 'db2'],
      ['3307', '3308'],
      ['shop_orders', 'shop'],
      ['orders_app', 'orders_ro'],
      ['p: w', 'other'],
    ] as const) {
      const other = await readDatasource(yaml.replace(from, to), { dataId: 'a.yaml' })
      expect(isSameDatasource(now, other), to).toBe(false)
    }
  })

  it('is never printed with its password', async () => {
    const found = await readDatasource(yaml, { dataId: 'orders.yaml' })
    expect(JSON.stringify(found)).not.toContain('p: w')
  })
})
