import { otherNamespace } from '../centers/real-nacos-lab.ts'
import { realNacosSuite } from '../centers/real-nacos-suite.ts'

// With and without authentication, v1 on and off, one namespace each; all combinations: npm run test:centers.
const attempts = 3

realNacosSuite({ line: '3.1', auth: true }, { namespaces: [''], attempts, kills: 2 })
realNacosSuite({ line: '3.1', auth: false, v1Off: true }, { namespaces: [otherNamespace], attempts })
