import type { UpgradeAnswer } from './upgrade-answer.ts'

export interface AnswerBody {
  readonly contentType: string
  readonly body: string
}

/** Media types that can be answered; the first is for clients that take anything. */
export const answerTypes = [
  'application/json',
  'application/problem+json',
  'text/html',
  'text/plain',
] as const
export type AnswerType = (typeof answerTypes)[number]

/**
 * Writes an answer in one media type.
 * @param mayRefresh the request was a GET: loading the page again repeats nothing.
 */
export function writeBody(answer: UpgradeAnswer, type: AnswerType, mayRefresh: boolean): AnswerBody {
  return writers[type](answer, mayRefresh)
}

const writers: Readonly<Record<AnswerType, (answer: UpgradeAnswer, mayRefresh: boolean) => AnswerBody>> = {
  'application/json': ({ code, message, phase, retryAfter, instance }) => ({
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify({ code, message, phase, retryAfter, instance }),
  }),
  // RFC 9457.
  'application/problem+json': ({ status, code, title, message, phase, retryAfter, instance }) => ({
    contentType: 'application/problem+json; charset=utf-8',
    body: JSON.stringify({
      type: `urn:cutover-kit:${code}`,
      title,
      status,
      detail: message,
      instance,
      code,
      phase,
      retryAfter,
    }),
  }),
  'text/html': (answer, mayRefresh) => ({
    contentType: 'text/html; charset=utf-8',
    body: page(answer, mayRefresh),
  }),
  'text/plain': ({ message }) => ({ contentType: 'text/plain; charset=utf-8', body: `${message}\n` }),
}

/** One file without any request to the service that is being upgraded. */
function page({ language, title, message, retryAfter }: UpgradeAnswer, mayRefresh: boolean): string {
  const refresh =
    mayRefresh && retryAfter !== undefined ? `<meta http-equiv="refresh" content="${retryAfter}">` : ''
  return `<!doctype html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">${refresh}
<title>${escapeHtml(title)}</title>
<style>body{font:1.1rem/1.6 system-ui,sans-serif;margin:20vh auto;max-width:30rem;padding:0 1rem;text-align:center}</style>
</head>
<body><h1>${escapeHtml(title)}</h1><p>${escapeHtml(message)}</p></body>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
