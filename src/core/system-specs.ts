import { z } from 'zod'
import { centerSpecs } from './center-specs.ts'
import { secretRef } from './refs.ts'

/** The `systems:` and `services:` of a playbook: addresses, and references to secrets, never secrets. */

const database = z.strictObject({
  kind: z.literal('database').meta({ description: 'A MySQL or MariaDB server; which of them is looked up.' }),
  host: z.string().min(1).meta({ description: 'Host name or address as the runner reaches it.' }),
  port: z.coerce.number().int().min(1).max(65_535).default(3306).meta({ description: 'TCP port.' }),
  user: z.string().min(1).meta({ description: 'Account the runner uses for its own work.' }),
  password: secretRef("Password of the runner's account."),
  serviceAddress: z
    .string()
    .regex(/^[^:/]+:\d+$/, 'host:port')
    .optional()
    .meta({ description: 'host:port under which services reach it. Left out: host and port above.' }),
  tls: z
    .enum(['off', 'verify', 'no-verify'])
    .default('off')
    .meta({ description: 'TLS of the connection: off, verify (system authorities), no-verify.' }),
})

const nativeReplication = z.strictObject({
  kind: z.literal('native-replication').meta({ description: 'GTID replication of the servers themselves.' }),
  from: z.string().meta({ description: 'Database that is read.', refersTo: 'database' }),
  to: z.string().meta({ description: 'Database that is filled.', refersTo: 'database' }),
  channel: z
    .string()
    .default('')
    .meta({ description: 'Channel (MySQL) or connection name (MariaDB); "" is the default one.' }),
})

export const systemSpec = z.discriminatedUnion('kind', [database, nativeReplication, ...centerSpecs])

export type DatabaseSpec = z.infer<typeof database>
export type NativeReplicationSpec = z.infer<typeof nativeReplication>
export type SystemSpec = z.infer<typeof systemSpec>

/** A document of a config center. */
export const documentSpec = z.strictObject({
  center: z.string().meta({ description: 'Config center it is in.', refersTo: 'config-center' }),
  dataId: z.string().min(1).meta({ description: 'Data id (name) of the document.' }),
  group: z.string().min(1).default('DEFAULT_GROUP').meta({ description: 'Group of the document.' }),
})
export type DocumentSpec = z.infer<typeof documentSpec>

/** An action on an instance: a program with its arguments, or one HTTP request. Its success is exit status 0, or 2xx. */
const action = z.union([
  z.strictObject({
    command: z
      .array(z.string())
      .min(1)
      .meta({ description: 'Program and arguments; no shell. Must not hold a secret.' }),
  }),
  z.strictObject({
    request: z
      .string()
      .regex(/^(GET|POST|PUT|DELETE) https?:\/\//, 'METHOD http://…')
      .meta({ description: 'Method and address, such as PUT http://lb:9000/servers/orders-1/drain.' }),
  }),
])
export type ActionSpec = z.infer<typeof action>

const instance = z.strictObject({
  name: z.string().min(1).meta({ description: 'Name in messages.' }),
  url: z.string().min(1).meta({ description: 'Base address of this one instance, not of the balancer.' }),
  address: z.string().min(1).optional().meta({
    description:
      'Address (IP) that it has for the config center. Left out: the host of url, where that is an IP address.',
  }),
  takeOut: action
    .optional()
    .meta({ description: 'Takes it out of the balancer; returns when no new request reaches it.' }),
  restart: action.optional().meta({
    description:
      'Restarts it; in-flight requests must finish first (SIGTERM handling). Left out: it is only ever switched live.',
  }),
  putBack: action.optional().meta({ description: 'Puts it back behind the balancer.' }),
})
export type InstanceSpec = z.infer<typeof instance>

/** Where the instances of a service are found when they are not listed. */
const find = z.union([
  z.strictObject({
    nacos: z
      .strictObject({
        center: z.string().meta({ description: 'Nacos they are registered in.', refersTo: 'config-center' }),
        serviceName: z.string().min(1).meta({ description: 'Name they are registered under.' }),
        group: z.string().min(1).default('DEFAULT_GROUP').meta({ description: 'Group of that name.' }),
        cluster: z.string().min(1).optional().meta({ description: 'Only this cluster. Left out: all.' }),
        port: z.coerce.number().int().min(1).max(65_535).optional().meta({
          description: 'TCP port at which they answer for their status. Left out: the registered one.',
        }),
        scheme: z.enum(['http', 'https']).default('http').meta({ description: 'How they are asked.' }),
      })
      .meta({ description: 'Every instance that is registered as healthy and enabled.' }),
  }),
  z.strictObject({
    command: z.array(z.string()).min(1).meta({
      description:
        'Program and arguments; no shell. Prints one JSON object {"name": …, "url": …} per line and nothing else.',
    }),
  }),
])
export type FindSpec = z.infer<typeof find>

/** How the processes of a service are asked about their writes. */
const hot = z.strictObject({
  statusPath: z
    .string()
    .startsWith('/')
    .default('/cutover/status')
    .meta({ description: 'Path at which the service library answers for one process.' }),
  token: secretRef('Token with which the status is asked for.'),
})
export type HotSpec = z.infer<typeof hot>

const serviceShape = z.strictObject({
  document: documentSpec.meta({ description: "The document that holds the service's datasource." }),
  lock: documentSpec.optional().meta({
    description:
      'The document that keeps the lock of a run on this service, the same in every playbook that moves it. Left out: cutover-lock. and the data id, beside its document. An Apollo cannot keep it.',
  }),
  fields: z
    .strictObject({
      url: z
        .string()
        .default('spring.datasource.url')
        .meta({ description: 'Path of the JDBC or mysql:// address.' }),
      user: z.string().default('spring.datasource.username').meta({
        description: 'Path of the user name. The same as url: it stands in the address.',
      }),
      password: z.string().default('spring.datasource.password').meta({
        description: 'Path of the password. The same as url: it stands in the address.',
      }),
      document: z
        .union([z.int().min(1), z.string().min(1)])
        .optional()
        .meta({
          description:
            'Of several documents in one text, parted by ---: the number from 1, or the profile it is activated on. Left out: the values stand in one of them only.',
        }),
    })
    .prefault({})
    .meta({ description: 'Where in the document the datasource stands.' }),
  format: z
    .enum(['yaml', 'properties', 'json', 'toml'])
    .optional()
    .meta({ description: "Format of the document. Left out: by the data id's ending." }),
  url: z
    .string()
    .min(1)
    .meta({ description: 'Address users reach it at (the balancer), for smoke requests.' }),
  healthPath: z
    .string()
    .default('/health')
    .meta({ description: 'Path that answers 200 when an instance can serve.' }),
  instances: z
    .array(instance)
    .default([])
    .meta({ description: 'Every running instance, in the order of restarts. May be left out with find.' }),
  poolOnPublish: z.enum(['stays', 'follows', 'unknown']).default('unknown').meta({
    description:
      'What the pool of a running instance does when its document changes: stays (a plain DataSource; a restart changes it), follows (it changes by itself, as with @RefreshScope of Spring), unknown. One that follows needs the fence before the first publish: stop-write-refreshing.yaml.',
  }),
  find: find.optional().meta({
    description: 'Where the instances of a live switch are found. Left out: the list of instances.',
  }),
  hot: hot.optional().meta({
    description: 'The service uses the pool of the service library, so its datasource can be switched live.',
  }),
})
export const serviceSpec = serviceShape.refine(
  ({ instances, find }) => instances.length > 0 || find !== undefined,
  { error: 'a service needs instances, or find to find them' },
)
export type ServiceSpec = z.infer<typeof serviceSpec>

export const noticeSpec = documentSpec.meta({
  description: 'The document that tells services what is happening; the service library reads it.',
})
export type NoticeSpec = DocumentSpec
