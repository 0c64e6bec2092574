/**
 * Program: `restart-command SOCKET INSTANCE` asks the lab to restart an instance and ends 0 when it did. Loads nothing
 * but node:net, because it stands in the pause.
 */
import { createConnection } from 'node:net'

const [socketPath = '', instance = ''] = process.argv.slice(2)
let said = ''
const socket = createConnection(socketPath)
socket.setEncoding('utf8')
socket.on('data', (text: string) => {
  said += text
})
socket.on('error', (error) => {
  said = `failed: the lab does not answer (${error.message})`
})
socket.on('close', () => {
  if (said.trim() === 'ok') return
  process.stderr.write(`${said.trim() || 'failed: the lab ended'}\n`)
  process.exitCode = 1
})
socket.write(`restart ${instance}\n`)
