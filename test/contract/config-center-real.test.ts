import { otherNamespace } from '../centers/real-nacos-lab.ts'
import { realNacosSuite } from '../centers/real-nacos-suite.ts'

// Every line, with and without authentication, v1 on and off, both namespaces; all combinations: npm run test:centers.
const attempts = 3

realNacosSuite({ line: '2.3', auth: false }, { namespaces: [''], attempts })
realNacosSuite({ line: '2.5', auth: true }, { namespaces: [otherNamespace], attempts, kills: 3 })
realNacosSuite({ line: '3.1', auth: true }, { namespaces: [''], attempts, kills: 3 })
realNacosSuite({ line: '3.1', auth: false, v1Off: true }, { namespaces: [otherNamespace], attempts })
