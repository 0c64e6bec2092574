import { CutoverError } from '../../src/core/errors.ts'
import type { DocumentEditor } from '../../src/core/ports/document-editor.ts'

const address = /^((?:jdbc:)?[a-z]+:\/\/)([^:/]+):(\d+)\/([^?]*)(.*)$/

/** Edits `key=value` lines, whatever the format is said to be. */
export function createFakeDocumentEditor(): DocumentEditor {
  const parse = (url: string) => {
    const parts = address.exec(url)
    if (!parts) throw new CutoverError('system.refused', 'not a database address')
    const [, scheme = '', host = '', port = '', schema = '', rest = ''] = parts
    return { scheme, host, port: Number(port), schema, rest }
  }
  return {
    formatOf: (dataId) => (/\.(properties|ya?ml|json)$/.test(dataId) ? 'properties' : undefined),
    read: (content, _format, path) =>
      content
        .split('\n')
        .find((line) => line.startsWith(`${path}=`))
        ?.slice(path.length + 1),
    edit: (content, _format, edits) => {
      const lines = content.split('\n')
      const before = edits.map(({ path, value }) => {
        const index = lines.findIndex((line) => line.startsWith(`${path}=`))
        if (index === -1) throw new CutoverError('system.refused', `no value at ${path}`)
        const old = lines[index]?.slice(path.length + 1) ?? ''
        lines[index] = `${path}=${value}`
        return old
      })
      return { content: lines.join('\n'), before }
    },
    parseAddress: (url) => {
      const { host, port, schema } = parse(url)
      return { host, port, schema }
    },
    withAddress: (url, to) => {
      const old = parse(url)
      const { host, port, schema } = { ...old, ...to }
      return `${old.scheme}${host}:${port}/${schema}${old.rest}`
    },
  }
}
