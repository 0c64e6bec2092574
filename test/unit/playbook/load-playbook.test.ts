import { describe, expect, it } from 'vitest'
import { goodText, loadGood, told } from './sample.ts'

describe('a playbook without mistakes', () => {
  it('has its variables, defaults and types', () => {
    expect(told(goodText)).toEqual([])
    const playbook = loadGood(goodText)
    expect(playbook).toMatchObject({ name: 'move-orders', confirm: 'orders-target', pauseBudgetMs: 90_000 })
    expect(playbook.systems.source).toMatchObject({ host: '10.0.0.1', port: 3306 })
    expect(playbook.systems.target).toMatchObject({ host: '10.0.0.2', port: 3307 })
    expect(playbook.systems.nacos).toMatchObject({ namespace: '', servers: ['http://10.0.0.3:8848'] })
  })
})
