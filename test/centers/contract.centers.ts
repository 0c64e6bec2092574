import { otherNamespace } from './real-nacos-lab.ts'
import { realNacosSuite } from './real-nacos-suite.ts'

const namespaces = ['', otherNamespace]

for (const auth of [false, true]) {
  realNacosSuite({ line: '2.3', auth }, { namespaces })
  realNacosSuite({ line: '2.5', auth }, { namespaces })
  for (const v1Off of [false, true]) realNacosSuite({ line: '3.1', auth, v1Off }, { namespaces })
}
realNacosSuite({ line: '3.1', auth: true, compatibleMode: false }, { namespaces })
