import { z } from 'zod'
import { secretRef } from './refs.ts'

/** The kinds of config centers in the `systems:` of a playbook. */

function addresses(description: string): z.ZodType<string[], string | string[]> {
  return z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .transform((value) => (typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value))
    .meta({ description })
}

const authorities = z
  .string()
  .min(1)
  .optional()
  .meta({ description: "File with the authorities (PEM) to trust for https. Left out: the system's." })

const nacos = z.strictObject({
  kind: z.literal('nacos').meta({ description: 'A Nacos server or cluster.' }),
  servers: addresses('Base addresses such as http://10.0.0.1:8848, a list or separated by commas.'),
  contextPath: z.string().default('/nacos').meta({ description: 'Path the server is mounted at.' }),
  namespace: z.string().default('').meta({ description: 'Namespace id; "" is the public one.' }),
  username: z.string().optional().meta({ description: 'User for servers with authentication.' }),
  password: secretRef('Password for servers with authentication.').optional(),
  ca: authorities,
})

const etcd = z.strictObject({
  kind: z
    .literal('etcd')
    .meta({ description: 'An etcd server or cluster, 3.4 or later, by its JSON gateway.' }),
  servers: addresses('Client addresses such as http://10.0.0.1:2379, a list or separated by commas.'),
  prefix: z
    .string()
    .default('/config/')
    .meta({ description: 'What keys begin with; group, a slash and the data id follow.' }),
  username: z.string().optional().meta({
    description:
      'User for servers with authentication. Its role needs one right, READWRITE on what begins with the prefix; a service needs READ.',
  }),
  password: secretRef('Password for servers with authentication.').optional(),
  ca: authorities,
})

const apollo = z.strictObject({
  kind: z.literal('apollo').meta({ description: 'An Apollo, by the OpenAPI of its portal.' }),
  portal: z
    .string()
    .min(1)
    .meta({ description: 'Base address of the portal, such as http://10.0.0.1:8070.' }),
  token: secretRef('Token of a third-party application that may edit and release the namespaces.'),
  operator: z.string().min(1).meta({
    description:
      'Apollo user in whose name changes are made, and nobody else makes any: what it edited and did not release counts as left by a run that died.',
  }),
  env: z.string().min(1).meta({ description: 'Environment, such as PRO.' }),
  app: z.string().min(1).meta({ description: 'Id of the application that owns the namespaces.' }),
  cluster: z.string().min(1).default('default').meta({ description: 'Cluster.' }),
  configServers: addresses('Addresses of the config service, from which services read.'),
  accessKey: secretRef('Access key of the application, where the config service asks for one.').optional(),
  ca: authorities,
})

const file = z.strictObject({
  kind: z
    .literal('file')
    .meta({ description: 'A folder of documents, for services without a config center.' }),
  directory: z.string().min(1).meta({
    description:
      'Folder, or git checkout, that holds a folder for each group (DEFAULT_GROUP too) and in it the documents.',
  }),
  git: z.boolean().default(false).meta({
    description: 'True: the folder is in a git checkout; every change is committed there, never pushed.',
  }),
})

export const centerSpecs = [nacos, etcd, apollo, file] as const

export type NacosSpec = z.infer<typeof nacos>
export type EtcdSpec = z.infer<typeof etcd>
export type ApolloSpec = z.infer<typeof apollo>
export type FileSpec = z.infer<typeof file>
/** Any kind of config center. */
export type CenterSpec = NacosSpec | EtcdSpec | ApolloSpec | FileSpec

const centerKinds: ReadonlySet<string> = new Set<CenterSpec['kind']>(['nacos', 'etcd', 'apollo', 'file'])

export function isCenterSpec<Spec extends { readonly kind: string }>(
  spec: Spec,
): spec is Extract<Spec, { readonly kind: CenterSpec['kind'] }> {
  return centerKinds.has(spec.kind)
}

/**
 * Kinds whose writes cannot be made conditional. They keep documents, but not the lock of a run: two runs could both
 * believe that they took it.
 */
const kindsWithoutLocks: ReadonlySet<string> = new Set<CenterSpec['kind']>(['apollo'])

/** @param kind of a system; any text is allowed. */
export function keepsLocks(kind: string): boolean {
  return !kindsWithoutLocks.has(kind)
}
