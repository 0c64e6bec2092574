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

export const centerSpecs = [nacos] as const

export type NacosSpec = z.infer<typeof nacos>
/** Any kind of config center. */
export type CenterSpec = NacosSpec

const centerKinds: ReadonlySet<string> = new Set<CenterSpec['kind']>(['nacos'])

export function isCenterSpec<Spec extends { readonly kind: string }>(
  spec: Spec,
): spec is Extract<Spec, { readonly kind: CenterSpec['kind'] }> {
  return centerKinds.has(spec.kind)
}
