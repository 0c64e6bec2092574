import type { Catalogue } from '../core/gate.ts'
import { playbookJsonSchema } from './json-schema.ts'
import { renderPlaybookGuide } from './playbook-guide.ts'

/** The files of `playbooks/` that are made from the code, by path from the root of the repository. */
export function generatedFiles(catalogue: Catalogue): ReadonlyMap<string, string> {
  return new Map([
    ['playbooks/schema.json', `${JSON.stringify(playbookJsonSchema(catalogue), null, 2)}\n`],
    ['playbooks/README.md', renderPlaybookGuide(catalogue)],
  ])
}
