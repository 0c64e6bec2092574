import type { Catalogue } from '../core/gate.ts'
import { noticeSpec, serviceSpec, systemSpec } from '../core/system-specs.ts'
import { fieldRows } from './field-rows.ts'
import { renderFields, renderKindTables } from './kind-tables.ts'
import { gateShape, playbookShape, stepShape } from './playbook-shape.ts'
import { bare, defOf, type Schema } from './schema-walk.ts'

/** `playbooks/README.md`: how a playbook is written, and everything it may say. */
export function renderPlaybookGuide(catalogue: Catalogue): string {
  const sections = [
    introduction,
    '## The file',
    '',
    ...topTable(),
    '## An item',
    '',
    'Items run in the order in which they are written. A step does one thing; a gate waits until a condition holds and changes nothing.',
    '',
    'A step:',
    '',
    ...renderFields(stepShape),
    'A gate:',
    '',
    ...renderFields(gateShape),
    '## Systems',
    '',
    ...systemTables(),
    '## Services',
    '',
    ...renderFields(serviceSpec),
    '## The notice',
    '',
    ...renderFields(noticeSpec),
    renderKindTables(catalogue),
  ]
  return `${sections.join('\n').trimEnd()}\n`
}

const introduction = `<!-- Made by "npm run docs" from the code. Do not edit. -->

# Playbooks

A playbook says in YAML what is moved and how, in three phases: \`prepare\` (nobody notices), \`pause\` (writes are refused or held) and \`settle\` (after). \`cutover plan FILE\` shows what it would change; \`cutover run FILE\` does it.

- **Mistakes** are told all at once, each with its line, before anything is touched. With the first line \`# yaml-language-server: $schema=./schema.json\` editors show most of them while you write, and complete kinds and fields.
- **Variables**: \`\${NAME}\` in a value is filled in from the environment; \`\${NAME:-default}\` when it is not set or empty; \`\${NAME:-}\` may be empty; \`$\${\` stands for \`\${\` itself. They are filled in after the YAML is read, so a value is always one text. Keys are not filled in.
- **Secrets** are never written down, only references to them: \`env:NAME\` (environment), \`file:/path\` (a file), \`file:/path#key\` (a key in a JSON or KEY=VALUE file), \`cmd:["program", "argument"]\` (what a program prints), \`generated:name\` (made by the kit and kept beside the run's journal).
- **Durations** have a unit: \`200ms\`, \`30s\`, \`5m\`, \`2h\`.
- **The point of no return** is one step of the pause, marked \`pointOfNoReturn: true\`. Before it every failure walks back everything that was done, so every step there can be undone. From it on the run only goes forward.
- **After a failure** whoever is at the terminal chooses: try it again; say that it is done, which the step's own check must confirm; leave it out with a reason, only where the kind says so below, because no write and no proof can be lost by it; walk back; or stop as it stands. Without a terminal and without an answer \`onFailure\` decides.
- **Documents** of services change by compare-and-set, and nothing that somebody else has edited meanwhile is overwritten. \`try-config\` gives a datasource to a few instances first, where the config center knows gray versions; \`switch-config\` with the same datasource then gives it to everybody. A walk back restores every document by itself; \`restore-config\` is for the way forward, where a datasource was published for a time only. \`config-received\` shows that a document arrived, never that it is used: that, the sessions on both servers tell (\`no-sessions\`). While a server of the config center is not healthy no instance is restarted, forward or back: it would start with an old copy of its document.
- **Pools that follow** their document by themselves (\`poolOnPublish: follows\`) change servers in the middle of requests. Until writes are refused at the source, nothing may be published for such a service: \`stop-write-refreshing.yaml\` has that order, and \`validate\` warns of any other.
- **A second person** approves the plan where an \`operator-agrees\` gate says \`secondPerson: true\`. They read the plan that \`cutover plan --out plan.json\` wrote and run \`cutover approve plan.json --out approval.json\` under a login of their own; the operator gives the file to \`cutover run --approval approval.json\`, or later to a run that waits: \`cutover approve RUN --approval approval.json\`. It counts for this very plan only, until it expires, and only when the file belongs to somebody else than who runs the cutover, root excepted, and nobody else may write it. Who may become root can pretend to be anybody, and an approval cannot prevent that: keep root away from those whom it is to bind.
`

function topTable(): readonly string[] {
  const inner = new Set(['systems', 'services', 'notice'])
  const rows = fieldRows(playbookShape).filter(
    ({ path }) => !inner.has(path.split(/[.[]/)[0] ?? '') || inner.has(path),
  )
  const table = rows.map(
    ({ path, presence, description }) => `| \`${path}\` | ${presence} | ${description} |`,
  )
  return ['| key | | meaning |', '|---|---|---|', ...table, '']
}

function systemTables(): readonly string[] {
  const def = defOf(systemSpec)
  if (def.type !== 'union') return []
  return def.options.flatMap((option) => {
    const kind = kindOf(option)
    const word = bare(kind).marks.description ?? ''
    return [`### \`kind: ${literalOf(kind)}\``, '', word, ''].concat(renderFields(option))
  })
}

function kindOf(option: Schema): Schema {
  const def = defOf(bare(option).schema)
  const kind = def.type === 'object' ? def.shape.kind : undefined
  if (!kind) throw new Error('every system has a kind')
  return kind
}

function literalOf(schema: Schema): string {
  const def = defOf(schema)
  return def.type === 'literal' ? def.values.map(String).join(', ') : ''
}
