'use strict'
// What every sample service here does alike. CommonJS, so that services of both kinds can load it.
const events = require('node:events')

/** The document a run would publish while the service is being upgraded. */
async function* publishedNotice(signal) {
  const now = Date.now()
  yield JSON.stringify({
    kind: 'cutover-notice',
    version: 1,
    runId: 'r',
    epoch: 1,
    phase: 'upgrading',
    services: ['orders'],
    since: new Date(now).toISOString(),
    until: new Date(now + 600_000).toISOString(),
    retryAfterSeconds: 30,
  })
  if (!signal.aborted) await events.once(signal, 'abort')
}

/** As mysql2 throws it when the whole server is fenced. */
const refused = Object.assign(
  new Error('The MariaDB server is running with the --read-only option so it cannot execute this statement'),
  {
    code: 'ER_OPTION_PREVENTS_STATEMENT',
    errno: 1290,
    sqlState: 'HY000',
    sql: 'INSERT INTO orders VALUES (1)',
  },
)

async function listen(server) {
  server.listen(0, '127.0.0.1')
  await events.once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function ask(url) {
  const headers = { 'Accept-Language': 'en', Accept: 'application/problem+json' }
  const response = await fetch(url, { method: 'POST', headers })
  const { status } = response
  const { title } = await response.json()
  return { status, title, retries: Number(response.headers.get('Retry-After')) > 0 }
}

/** The functions the service has, held against what the other module system gives for the same path. */
async function isOneModule(subPath, functions) {
  const names = Object.keys(functions)
  const required = require(`cutover-kit/${subPath}`)
  const imported = await import(`cutover-kit/${subPath}`)
  return names.length > 0 && names.every((n) => functions[n] === required[n] && functions[n] === imported[n])
}

/** The handler behind every path. */
const handler = {
  runs: 0,
  run() {
    handler.runs += 1
    throw refused
  },
}

/** Users write on two routes: `/mapped` reaches its handler, which the database refuses; `/kept` does not. */
async function askAsUsers(subPath, functions, { url, close }, notices) {
  const mapped = await ask(`${url}/mapped`)
  const kept = await ask(`${url}/kept`)
  await close()
  await notices[Symbol.asyncDispose]()
  const { class: meaning, mayShowUpgrading } = functions.classify(refused)
  const oneModule = await isOneModule(subPath, functions)
  report({ mapped, kept, handlerRuns: handler.runs, meaning, mayShowUpgrading, oneModule })
}

function report(facts) {
  console.log(JSON.stringify(facts))
}

exports.askAsUsers = askAsUsers
exports.handler = handler
exports.isOneModule = isOneModule
exports.listen = listen
exports.publishedNotice = publishedNotice
exports.refused = refused
exports.report = report
