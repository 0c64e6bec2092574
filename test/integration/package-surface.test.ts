import { fewCompilations } from '../surface/compile.ts'
import { surfaceSuite } from '../surface/surface.ts'

const nodes = [
  { version: process.versions.node, systems: ['mjs', 'cjs'] },
  // The first that lets CommonJS load this package.
  { version: '20.19.0', systems: ['cjs'] },
] as const

surfaceSuite(nodes, 'linked', fewCompilations)
