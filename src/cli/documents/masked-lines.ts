import { documentEditor } from '../../config-centers/documents/document-editor.ts'
import { isCutoverError } from '../../core/errors.ts'
import type { OpenDocument } from './open-document.ts'

const mask = '‹masked›'

type Shown = Pick<OpenDocument, 'format' | 'spec'>

/** Lines that differ, `-12 text` and `+12 text`; secrets masked. An empty text stands for no document. */
export function maskedDifference(document: Shown, before: string, after: string): string {
  const hide = hider(document, [before, after])
  return documentEditor
    .describeDifference(before, after, document.format)
    .map(({ sign, line, text }) => `${sign}${String(line).padStart(4)} ${hide(text)}\n`)
    .join('')
}

/** A whole document, secrets masked. */
export function maskedText(document: Shown, content: string): string {
  const hide = hider(document, [content])
  return (
    documentEditor
      .describeDifference('', content, document.format)
      // Beside an empty text every line end counts as a difference and is made visible.
      .map(({ text }) => `${hide(text.replace(/[␍␊]+$/, ''))}\n`)
      .join('')
  )
}

/** The field that the playbook calls the password may have a name that does not look like one. */
function hider(document: Shown, texts: readonly string[]): (line: string) => string {
  const passwords = texts.flatMap((text) => passwordIn(document, text) ?? [])
  return (line) =>
    passwords.reduce((text, password) => (password === '' ? text : text.replaceAll(password, mask)), line)
}

function passwordIn({ format, spec }: Shown, content: string): string | undefined {
  if (!format || content === '') return undefined
  try {
    return documentEditor.readDatasource(content, format, spec.fields).password.reveal()
  } catch (error) {
    // A text that cannot be read shows its keys only.
    if (isCutoverError(error)) return undefined
    throw error
  }
}
