import type { DocumentKey, DocumentRow, HistoryRow } from './document-rows.ts'
import { result } from './http-exchange.ts'
import type { NacosAnswer, NacosRequest } from './http-exchange.ts'
import { conditionsOf, draftOf, historyCreatedAt, page, versions } from './routes.ts'
import type { Backend, Routes } from './routes.ts'

const missing = 20_004

/** The v3 routes of administrators and clients. */
export const routesV3: Routes = {
  'GET /v3/admin/core/state': {
    open: true,
    answer: (_, { flavour }) => success({ standalone_mode: 'standalone', version: versions[flavour] }),
  },
  'GET /v3/admin/core/state/readiness': { open: true, answer: () => success('ok') },
  'POST /v3/auth/user/login': { open: true, answer: (request, { auth }) => auth.login(request) },
  'GET /v3/admin/core/namespace/list': { answer: listNamespaces },
  'GET /v3/admin/cs/config': { answer: readAsAdministrator },
  'POST /v3/admin/cs/config': { answer: publish },
  'DELETE /v3/admin/cs/config': {
    answer(request, backend) {
      backend.store.remove(keyOf(request, backend), request)
      return success(true)
    },
  },
  'GET /v3/admin/cs/config/beta': { answer: readGray },
  'DELETE /v3/admin/cs/config/beta': { answer: stopGray },
  'GET /v3/admin/cs/config/listener': {
    answer: (request, backend) =>
      success({ queryType: 'config', listenersStatus: backend.polls.subscribers(keyOf(request, backend)) }),
  },
  'GET /v3/admin/cs/history/list': {
    answer: (request, backend) =>
      success(
        page(
          request,
          backend.store.history(keyOf(request, backend)).map((row) => historyRow(row)),
        ),
      ),
  },
  'GET /v3/admin/cs/history': { answer: readHistory },
  'GET /v3/client/cs/config': { answer: readAsClient },
}

function success(data: unknown): NacosAnswer {
  return result(200, 0, 'success', data)
}

function keyOf({ fields }: NacosRequest, backend: Backend): DocumentKey {
  const group = fields.get('groupName') ?? ''
  return backend.keyOf(fields.get('namespaceId') ?? '', group, fields.get('dataId') ?? '')
}

function readAsAdministrator(request: NacosRequest, backend: Backend): NacosAnswer {
  const row = backend.store.stored(keyOf(request, backend))
  if (!row)
    return result(404, missing, 'resource not found', 'Config not exist, please publish Config first.')
  return success(fullRow(row))
}

function readAsClient(request: NacosRequest, backend: Backend): NacosAnswer {
  const row = backend.store.visibleTo(keyOf(request, backend), request.ip)
  // Not found is an answer with status 200 here.
  if (!row) return result(200, missing, 'resource not found', 'config data not exist')
  return success({
    content: row.content,
    encryptedDataKey: null,
    contentType: row.type,
    md5: row.md5,
    lastModified: row.modifiedAt,
    tag: null,
    beta: row.beta,
  })
}

function publish(request: NacosRequest, backend: Backend): NacosAnswer {
  const draft = draftOf(request, 'configTags')
  if (draft.content.trim() === '' || !request.fields.get('dataId')) {
    return result(400, 10_000, 'parameter missing', "Required parameter 'content' is not present")
  }
  const [key, expectedMd5, betaIps] = [keyOf(request, backend), ...conditionsOf(request)]
  if (betaIps !== '') backend.store.gray.publish(key, draft, betaIps, expectedMd5)
  const done = betaIps !== '' || backend.store.publish(key, draft, expectedMd5)
  if (done) return success(true)
  const reason = 'Cas publish fail, server md5 may have changed.'
  return result(500, 20_005, 'config conflict', reason)
}

function readGray(request: NacosRequest, backend: Backend): NacosAnswer {
  const key = keyOf(request, backend)
  const row = backend.store.gray.stored(key)
  if (!row) return result(404, missing, 'resource not found', 'Config is not in beta.')
  const { tenant: namespaceId, group: groupName, dataId } = key
  const { content, md5, modifiedAt: modifyTime, addresses } = row
  const rule = { type: 'beta', version: '1.0.0', expr: addresses, priority: 2_147_483_647 }
  const gray = { grayName: 'beta', grayRule: JSON.stringify(rule) }
  const more = { type: null, appName: '', createTime: 0, desc: null, createUser: null, configTags: null }
  return success({ id: '1', namespaceId, groupName, dataId, content, md5, modifyTime, ...more, ...gray })
}

function stopGray(request: NacosRequest, backend: Backend): NacosAnswer {
  const done = backend.store.gray.stop(keyOf(request, backend), request)
  return done ? success(true) : result(200, 30_000, 'remove beta data error', false)
}

function readHistory(request: NacosRequest, backend: Backend): NacosAnswer {
  const nid = request.fields.get('nid')
  const row = backend.store.history(keyOf(request, backend)).find(({ id }) => String(id) === nid)
  if (!row)
    return result(400, 20_002, 'resource not found', `certain config history for nid = ${nid} not exist`)
  return success({ ...historyRow(row), md5: row.md5, content: row.content, encryptedDataKey: '' })
}

function fullRow(row: DocumentRow): object {
  return {
    id: '1',
    namespaceId: row.key.tenant,
    groupName: row.key.group,
    dataId: row.key.dataId,
    md5: row.md5,
    type: row.type,
    appName: row.appName ?? '',
    createTime: row.createdAt,
    modifyTime: row.modifiedAt,
    content: row.content,
    desc: row.desc ?? null,
    encryptedDataKey: '',
    createUser: row.user === '' ? null : row.user,
    createIp: row.ip,
    configTags: row.tags ?? null,
  }
}

function historyRow(row: HistoryRow): object {
  return {
    id: String(row.id),
    namespaceId: row.key.tenant,
    groupName: row.key.group,
    dataId: row.key.dataId,
    md5: null,
    type: row.type,
    appName: row.appName,
    createTime: historyCreatedAt,
    modifyTime: row.at,
    srcIp: row.ip,
    srcUser: row.user === '' ? null : row.user,
    opType: row.operation.padEnd(10),
    publishType: row.publishType ?? 'formal',
  }
}

function listNamespaces(_: NacosRequest, backend: Backend): NacosAnswer {
  const names = ['public', ...backend.namespaces]
  return success(names.map((namespace) => ({ namespace, namespaceShowName: namespace })))
}
