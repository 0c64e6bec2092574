import type { z } from 'zod'
import { didYouMean, wordList } from './did-you-mean.ts'
import type { Finding } from './finding.ts'
import { headOf, type YamlNode } from './yaml-tree.ts'

type Issue = z.core.$ZodIssue

/** A value that may have several forms and has none: tells what is wrong with the form it most looks like. */
export function explainUnion(
  issue: z.core.$ZodIssueInvalidUnion,
  name: string,
  node: YamlNode,
  explain: (issue: Issue) => readonly Finding[],
): readonly Finding[] {
  const forms: readonly (readonly Issue[])[] = issue.errors
  if (forms.length === 0) return [explainDiscriminator(issue, name, node)]
  const least = Math.min(...forms.map(mistakesOf))
  const nearest = forms.filter((form) => mistakesOf(form) === least)
  const findings = nearest.map((form) => form.flatMap(explain))
  if (nearest.length === 1 || least >= wrongForm) return findings[0] ?? []
  return explainChoice(name, node, findings)
}

/** Weighs more than any number of mistakes inside: text where a map is wanted. */
const wrongForm = 1000

function mistakesOf(form: readonly Issue[]): number {
  const isWrongForm = form.some(({ path, code }) => path.length === 0 && code === 'invalid_type')
  return form.length + (isWrongForm ? wrongForm : 0)
}

/** Several forms are equally near: says what is wrong in all of them, and which keys would settle it. */
function explainChoice(
  name: string,
  node: YamlNode,
  forms: readonly (readonly Finding[])[],
): readonly Finding[] {
  const suggestions = forms.flat().filter((finding) => finding.meant !== undefined)
  if (suggestions.length > 0) return suggestions
  const common = (forms[0] ?? []).filter(({ message }) =>
    forms.every((form) => form.some((finding) => finding.message === message)),
  )
  const keys = new Set(forms.flatMap((form) => form.map((finding) => finding.missing ?? [])).flat())
  const message =
    keys.size > 0 ? `${name} needs one of ${wordList(keys)}.` : `${name} fits none of its forms.`
  return [...common, { range: headOf(node), message }]
}

function explainDiscriminator(issue: z.core.$ZodIssueInvalidUnion, name: string, node: YamlNode): Finding {
  const options = (issue as { readonly options?: readonly unknown[] }).options?.map(String) ?? []
  const word = node.type === 'scalar' ? String(node.value) : ''
  return {
    range: node.type === 'scalar' && node.value !== null ? node.range : headOf(node),
    message: `${name} has none of the known values.${didYouMean(word, options)}`,
    hint: options.length > 0 ? `It can be ${wordList(options)}.` : undefined,
  }
}
