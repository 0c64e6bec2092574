import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { DocumentFormat } from '../../../src/core/ports/document-editor.ts'

export type Values = Readonly<Record<string, string>>

/** Reads many texts with a program that has nothing to do with the kit; what each of their documents says. */
export type OtherReader = (texts: readonly string[]) => readonly (readonly unknown[])[]

/** PyYAML and java.util.Properties, where they are installed; the text says why there is none. */
export function otherReader(format: DocumentFormat): OtherReader | string {
  if (format === 'yaml')
    return succeeds('python3', ['-c', 'import yaml']) ? readYaml : 'no python3 with PyYAML here'
  if (format === 'properties') return succeeds('java', ['-version']) ? readProperties : 'no java here'
  return 'JSON.parse reads it in every run'
}

function readYaml(texts: readonly string[]): readonly (readonly unknown[])[] {
  const input = texts.map((text) => `${JSON.stringify(text)}\n`).join('')
  return answers('python3', [beside('read_yaml.py')], input).map((line) => JSON.parse(line) as unknown[])
}

function readProperties(texts: readonly string[]): readonly (readonly Values[])[] {
  // Java knows no byte order mark; whoever reads a file for it takes it off.
  const input = texts
    .map((text) => `${Buffer.from(text.replace(/^\uFEFF/, '')).toString('base64')}\n`)
    .join('')
  return answers('java', [beside('ReadProperties.java')], input).map((line) => {
    const pairs = line.split(' ').filter((pair) => pair !== '')
    const decode = (text = ''): string => Buffer.from(text, 'base64url').toString()
    return [Object.fromEntries(pairs.map((pair) => pair.split('=').map(decode) as [string, string]))]
  })
}

function answers(program: string, argv: readonly string[], input: string): readonly string[] {
  const { stdout, status, stderr } = spawnSync(program, argv, {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
  })
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr.slice(0, 2000)}`)
  return stdout.split('\n').slice(0, -1)
}

function succeeds(program: string, argv: readonly string[]): boolean {
  return spawnSync(program, argv).status === 0
}

function beside(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}
