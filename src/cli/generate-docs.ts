import { writeFile } from 'node:fs/promises'
import { generatedFiles } from '../playbook/index.ts'
import { catalogue } from '../steps/catalogue.ts'

/** Writes the files of `playbooks/` that are made from the code: `npm run docs`. */
const root = new URL('../../', import.meta.url)
for (const [path, text] of generatedFiles(catalogue)) await writeFile(new URL(path, root), text)
