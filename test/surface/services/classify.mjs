import { classify, rememberUnit } from 'cutover-kit/classify'
import { isOneModule, refused, report } from './trial.cjs'

async function main() {
  const wrapped = new Error('Failed query', { cause: refused })
  const { class: meaning, mayReplay, mayShowUpgrading, path } = classify(wrapped)
  const oneModule = await isOneModule('classify', { classify, rememberUnit })
  report({ meaning, mayReplay, mayShowUpgrading, path, oneModule })
}

void main()
