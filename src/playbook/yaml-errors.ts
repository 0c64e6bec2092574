import type { ErrorCode } from 'yaml'

/**
 * The sentences for syntax errors. The parser's own messages quote the text, which may be half of a password,
 * so only its error code is used.
 */
export function explainYamlError(code: ErrorCode): { readonly message: string; readonly hint?: string } {
  return sentences[code] ?? { message: 'This is not valid YAML.' }
}

const quote = 'Put the whole value in single quotes.'

const sentences: Readonly<Partial<Record<ErrorCode, { readonly message: string; readonly hint?: string }>>> =
  {
    ALIAS_PROPS: { message: 'An alias cannot have an anchor or a tag.' },
    BAD_ALIAS: {
      message: 'This alias (*) has no anchor (&) before it.',
      hint: `If it is meant as text: ${quote}`,
    },
    BAD_COLLECTION_TYPE: { message: 'The tag does not fit what follows it.' },
    BAD_DIRECTIVE: { message: 'This directive (%) is not valid.' },
    BAD_DQ_ESCAPE: {
      message: 'This escape does not exist in a text in double quotes.',
      hint: 'Use single quotes when no escapes are needed.',
    },
    BAD_INDENT: {
      message: 'The indentation does not fit the lines before.',
      hint: 'Keys of one map begin in the same column.',
    },
    BAD_PROP_ORDER: { message: 'Anchors and tags stand before the value.' },
    BAD_SCALAR_START: { message: 'A value cannot begin with this character.', hint: quote },
    BLOCK_AS_IMPLICIT_KEY: {
      message: 'A second "key: value" begins on the same line.',
      hint: `Begin a new line, or put the value in quotes when its colon is text.`,
    },
    BLOCK_IN_FLOW: { message: 'Indented lists and maps cannot stand inside { } or [ ].' },
    KEY_OVER_1024_CHARS: { message: 'This key is too long.' },
    MISSING_CHAR: {
      message:
        'A character is missing here: a closing quote or bracket, a comma, or the blank after a colon.',
    },
    MULTILINE_IMPLICIT_KEY: {
      message: 'A key must stand on one line.',
      hint: 'Is a colon missing, or the quote that ends a text?',
    },
    MULTIPLE_ANCHORS: { message: 'A value can have one anchor only.' },
    MULTIPLE_DOCS: {
      message: 'A file holds one playbook.',
      hint: 'Remove the line "---" and what follows it.',
    },
    MULTIPLE_TAGS: { message: 'A value can have one tag only.' },
    NON_STRING_KEY: { message: 'A key must be text.' },
    RESOURCE_EXHAUSTION: { message: 'The playbook is nested too deeply.' },
    TAB_AS_INDENT: { message: 'YAML is indented with blanks, not with tabs.' },
    TAG_RESOLVE_FAILED: {
      message: 'Tags (!) are not used in playbooks.',
      hint: `If it is meant as text: ${quote}`,
    },
    UNEXPECTED_TOKEN: {
      message: 'This does not belong here.',
      hint: 'Look at the quotes and brackets before it.',
    },
  }
