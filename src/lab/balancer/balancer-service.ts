/** Program: the lab's balancer in a process of its own, so that nobody else's work delays a request. */
import { endWithParent } from '../services/end-with-parent.ts'
import { startBalancer } from './balancer.ts'
import { readBalancerSettings } from './balancer-settings.ts'

endWithParent()
const balancer = await startBalancer(readBalancerSettings(process.env))
const stop = async (): Promise<void> => {
  await balancer[Symbol.asyncDispose]()
  process.exit(0)
}
process.once('SIGTERM', () => void stop())
process.once('SIGINT', () => void stop())
