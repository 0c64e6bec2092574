import { killedDuringPublish } from './killed-during-publish.ts'

const rounds = 30

killedDuringPublish({ line: '2.5', auth: false }, rounds)
killedDuringPublish({ line: '3.1', auth: false }, rounds)
