import { allCompilations } from './compile.ts'
import { promisedNodes } from './node-versions.ts'
import { surfaceSuite } from './surface.ts'

const versions = process.env['SURFACE_NODES']?.split(',') ?? promisedNodes
const nodes = versions.map((version) => ({ version, systems: ['mjs', 'cjs'] as const }))

surfaceSuite(nodes, 'installed', allCompilations)
