import { beforeJob, classify, followNotices, judgeJob } from 'cutover-kit/jobs'
import { isOneModule, publishedNotice, refused, report } from './trial.cjs'

async function main() {
  const notices = followNotices(publishedNotice, { service: 'orders' })
  await notices.ready(AbortSignal.timeout(5000))
  const before = await beforeJob({ notices }, AbortSignal.timeout(5000))
  const after = judgeJob(refused, { notices, flavour: 'mariadb' })
  await notices[Symbol.asyncDispose]()
  const oneModule = await isOneModule('jobs', { beforeJob, classify, followNotices, judgeJob })
  report({ before: before.action, after: after.action, meaning: classify(refused).class, oneModule })
}

void main()
