import type { DocumentKey, DocumentRow, HistoryRow } from './document-rows.ts'
import { gone, json, text } from './http-exchange.ts'
import type { NacosAnswer, NacosRequest } from './http-exchange.ts'
import { conditionsOf, draftOf, historyCreatedAt, page, versions } from './routes.ts'
import type { Backend, Route, Routes } from './routes.ts'

/** The v1 routes of clients and, on 2.x only, of administrators. */
export const routesV1: Routes = {
  'GET /v1/console/health/readiness': { open: true, answer: () => ({ status: 200, body: 'OK' }) },
  'GET /v1/console/server/state': {
    open: true,
    answer: (_, { flavour }) => json(200, { standalone_mode: 'standalone', version: versions[flavour] }),
  },
  'GET /v1/console/namespaces': { answer: listNamespaces },
  'GET /v1/cs/configs': { answer: read },
  'POST /v1/cs/configs': { answer: publish },
  'DELETE /v1/cs/configs': { answer: remove },
  'POST /v1/cs/configs/listener': { answer: (request, { polls }) => polls.wait(request) },
  'GET /v1/cs/configs/listener': onlyBefore3((request, backend) =>
    json(200, {
      collectStatus: 200,
      lisentersGroupkeyStatus: backend.polls.subscribers(keyOf(request, backend)),
    }),
  ),
  'GET /v1/cs/history': onlyBefore3(history),
}

export const loginRoutesV1: Routes = {
  'POST /v1/auth/users/login': { open: true, answer: (request, { auth }) => auth.login(request) },
}

function onlyBefore3(answer: Route['answer']): Route {
  return {
    answer: (request, backend) =>
      backend.flavour === '2.5' ? answer(request, backend) : gone(`/nacos${request.path}`),
  }
}

function keyOf(request: NacosRequest, backend: Backend): DocumentKey {
  const { fields } = request
  return backend.keyOf(fields.get('tenant') ?? '', fields.get('group') ?? '', fields.get('dataId') ?? '')
}

function read(request: NacosRequest, backend: Backend): NacosAnswer {
  const forAdministrators = request.fields.has('show') || request.fields.has('search')
  const isGray = request.fields.get('beta') === 'true'
  if ((forAdministrators || isGray) && backend.flavour !== '2.5') return gone(`/nacos${request.path}`)
  const key = keyOf(request, backend)
  if (isGray) return json(200, { code: 200, message: 'query beta ok', data: grayRow(key, backend) })
  const stored = backend.store.stored(key)
  if (request.fields.get('show') === 'all') return text(200, stored ? JSON.stringify(fullRow(stored)) : '')
  if (request.fields.get('search') === 'accurate') {
    return json(200, page(request, stored ? [fullRow(stored)] : []))
  }
  const visible = backend.store.visibleTo(key, request.ip)
  if (!visible) return text(404, 'config data not exist')
  return text(200, visible.content, {
    'Config-Type': visible.type ?? 'text',
    'Content-MD5': visible.md5,
    'Last-Modified': new Date(visible.modifiedAt).toUTCString(),
    ...(visible.beta && { isBeta: 'true' }),
  })
}

function publish(request: NacosRequest, backend: Backend): NacosAnswer {
  const draft = draftOf(request, 'config_tags')
  if (draft.content.trim() === '' || !request.fields.get('dataId')) {
    return text(400, "caused: Required request parameter 'content' is not present;")
  }
  const [key, expectedMd5, betaIps] = [keyOf(request, backend), ...conditionsOf(request)]
  if (betaIps !== '') backend.store.gray.publish(key, draft, betaIps, expectedMd5)
  const done = betaIps !== '' || backend.store.publish(key, draft, expectedMd5)
  if (done) return text(200, 'true')
  if (backend.flavour !== '2.5') return text(500, 'false')
  return text(500, 'caused: Cas publish fail, server md5 may have changed.;')
}

function remove(request: NacosRequest, backend: Backend): NacosAnswer {
  const key = keyOf(request, backend)
  if (request.fields.get('beta') !== 'true') {
    backend.store.remove(key, request)
    return text(200, 'true')
  }
  if (backend.flavour !== '2.5') return gone(`/nacos${request.path}`)
  const data = backend.store.gray.stop(key, request)
  const message = data ? 'stop beta ok' : 'remove beta data error'
  return json(200, { code: data ? 200 : 500, message, data })
}

function grayRow(key: DocumentKey, { store }: Backend): object | null {
  const row = store.gray.stored(key)
  if (!row) return null
  const { dataId, group, tenant } = key
  const { content, md5, addresses } = row
  const more = { encryptedDataKey: null, appName: '', type: null }
  return { id: '1', dataId, group, tenant, content, md5, betaIps: addresses, ...more }
}

function fullRow(row: DocumentRow): object {
  return {
    id: '1',
    dataId: row.key.dataId,
    group: row.key.group,
    content: row.content,
    md5: row.md5,
    encryptedDataKey: '',
    tenant: row.key.tenant,
    appName: row.appName ?? '',
    type: row.type,
    createTime: row.createdAt,
    modifyTime: row.modifiedAt,
    createUser: row.user === '' ? null : row.user,
    createIp: row.ip,
    desc: row.desc ?? null,
    use: null,
    effect: null,
    schema: null,
    configTags: row.tags ?? null,
  }
}

function history(request: NacosRequest, backend: Backend): NacosAnswer {
  const rows = backend.store.history(keyOf(request, backend))
  const nid = request.fields.get('nid')
  if (nid === null)
    return json(
      200,
      page(
        request,
        rows.map((row) => historyRow(row, false)),
      ),
    )
  const row = rows.find(({ id }) => String(id) === nid)
  if (!row) return text(500, 'caused: Incorrect result size: expected 1, actual 0;')
  return json(200, historyRow(row, true))
}

function historyRow(row: HistoryRow, whole: boolean): object {
  return {
    id: String(row.id),
    lastId: -1,
    dataId: row.key.dataId,
    group: row.key.group,
    tenant: row.key.tenant,
    appName: row.appName,
    md5: whole ? row.md5 : null,
    content: whole ? row.content : null,
    srcIp: row.ip,
    srcUser: row.user === '' ? null : row.user,
    opType: row.operation.padEnd(10),
    publishType: row.publishType ?? 'formal',
    grayName: row.publishType === 'gray' ? 'beta' : '',
    createdTime: new Date(historyCreatedAt).toISOString(),
    lastModifiedTime: new Date(row.at).toISOString(),
    encryptedDataKey: '',
  }
}

function listNamespaces(_: NacosRequest, backend: Backend): NacosAnswer {
  const data = ['', ...backend.namespaces].map((namespace) => ({
    namespace,
    namespaceShowName: namespace === '' ? 'public' : namespace,
  }))
  return json(200, { code: 200, message: null, data })
}
