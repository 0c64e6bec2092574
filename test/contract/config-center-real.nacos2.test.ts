import { otherNamespace } from '../centers/real-nacos-lab.ts'
import { realNacosSuite } from '../centers/real-nacos-suite.ts'

// With and without authentication, one namespace each; all combinations: npm run test:centers.
const attempts = 3

realNacosSuite({ line: '2.3', auth: false }, { namespaces: [''], attempts })
realNacosSuite({ line: '2.5', auth: true }, { namespaces: [otherNamespace], attempts, kills: 1 })
