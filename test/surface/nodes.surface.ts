import { allCompilations } from './compile.ts'
import { promisedNodes } from './node-versions.ts'
import { surfaceSuite } from './surface.ts'

surfaceSuite(process.env['SURFACE_NODES']?.split(',') ?? promisedNodes, 'installed', allCompilations)
