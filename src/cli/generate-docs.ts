import { readFile, writeFile } from 'node:fs/promises'
import { generatedFiles } from '../playbook/index.ts'
import { catalogue } from '../steps/catalogue.ts'
import { buildProgram } from './program/program.ts'
import { fillSections, readmeSections } from './readme-sections.ts'

/** Writes everything in Markdown and JSON that is made from the code: `npm run docs`. */
const root = new URL('../../', import.meta.url)
for (const [path, text] of generatedFiles(catalogue)) await writeFile(new URL(path, root), text)

const readme = new URL('README.md', root)
const sections = readmeSections({
  program: buildProgram(() => undefined),
  catalogue,
  playbook: await readFile(new URL('playbooks/stop-write.yaml', root), 'utf8'),
})
await writeFile(readme, fillSections(await readFile(readme, 'utf8'), sections))
