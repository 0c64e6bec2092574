import { killedDuringPublish } from '../centers/killed-during-publish.ts'
import { realNacosSuite } from '../centers/real-nacos-suite.ts'
import { otherNamespace } from '../centers/real-nacos-lab.ts'

realNacosSuite({ line: '2.3', auth: false }, { namespaces: [''], attempts: 3 })
realNacosSuite({ line: '2.5', auth: true }, { namespaces: [otherNamespace], attempts: 3 })
realNacosSuite({ line: '3.1', auth: true }, { namespaces: [''], attempts: 3 })
realNacosSuite({ line: '3.1', auth: false, v1Off: true }, { namespaces: [otherNamespace], attempts: 3 })

killedDuringPublish({ line: '2.5', auth: false }, 3)
killedDuringPublish({ line: '3.1', auth: false }, 3)
