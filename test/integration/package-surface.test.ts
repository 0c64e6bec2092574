import { fewCompilations } from '../surface/compile.ts'
import { surfaceSuite } from '../surface/surface.ts'

surfaceSuite([process.versions.node, '20.19.0'], 'linked', fewCompilations)
