import type { DocumentRef } from '../../core/ports/config-center.ts'

/** The type a document has by the ending of its name: `yaml`, `properties`, `json`, `xml`, `html`, `toml` or `text`. */
export function documentType(ref: DocumentRef): string {
  const ending = /\.(ya?ml|properties|json|xml|html|toml)$/.exec(ref.dataId)?.[1] ?? 'text'
  return ending === 'yml' ? 'yaml' : ending
}
