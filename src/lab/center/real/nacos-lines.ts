/** A line of Nacos servers that can be had as jars. */
export type NacosLine = '2.3' | '2.5' | '3.1'

export const nacosLines: readonly NacosLine[] = ['2.3', '2.5', '3.1']

interface Artifact {
  /** `group:artifact:version` */
  readonly name: string
  /** Leaves its own dependencies out. */
  readonly alone?: boolean
}

/**
 * How a line is obtained and started. The makers publish clients only; these are rebuilds of their servers by third
 * parties, so versions are fixed and the jars that result are checked against a fingerprint.
 */
export interface LineRecipe {
  readonly artifacts: readonly Artifact[]
  /** Where the versions of dependencies are taken from: `group:artifact:version` of a pom. */
  readonly managedBy?: string
  /** SHA-256 over the names and contents of all jars. */
  readonly fingerprint: string
  readonly mainClass: string
  /** Jars that must be found before all others. */
  readonly first: readonly RegExp[]
}

// Two different libraries are named hessian and both are needed; with the other one first the server does not boot.
const caucho = /^hessian-4\./

/** What a server that only keeps documents does not need. */
export const leftOut = ['nacos-istio', 'nacos-prometheus', 'mysql-connector-j', 'rocksdbjni'] as const

export const recipes: Readonly<Record<NacosLine, LineRecipe>> = {
  '2.3': {
    artifacts: [{ name: 'org.jeecgframework.nacos:nacos-console:2.3.2' }],
    fingerprint: 'e2f39428e3953037aa6d646254d7192ebf02c0c3db1d43dbf11a12f8b555e684',
    mainClass: 'com.alibaba.nacos.Nacos',
    first: [caucho],
  },
  '2.5': {
    artifacts: [
      { name: 'io.xuxiaowei.nacos:nacos-config:2.5.0' },
      { name: 'io.xuxiaowei.nacos:nacos-default-plugin-all:2.5.0' },
      { name: 'org.springframework.boot:spring-boot-starter-security:2.7.18' },
      // Main class and console routes; everything below them is 2.5.
      { name: 'org.jeecgframework.nacos:nacos-console:2.3.2', alone: true },
    ],
    fingerprint: '2d409935f89be48fdfea43e32f9f00ba387755e28da505dd92c21f32cb0dcba9',
    mainClass: 'com.alibaba.nacos.Nacos',
    first: [caucho, /^nacos-config-2\.5/],
  },
  '3.1': {
    artifacts: [{ name: 'io.github.pig-mesh.nacos:nacos-server:3.1.0-bugfix' }],
    managedBy: 'io.github.pig-mesh.nacos:nacos-all:3.1.0-bugfix',
    fingerprint: '551be34ec2c666d4c9d0c995d367f3ca40c152ce04dd069725733a294f6cbaa7',
    mainClass: 'NacosLauncher',
    first: [caucho],
  },
}

/** The Maven project whose runtime dependencies are the jars of that line. */
export function projectOf({ artifacts, managedBy }: LineRecipe): string {
  const managed = managedBy === undefined ? '' : managementOf(managedBy)
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>cutover-kit</groupId><artifactId>nacos</artifactId><version>1</version><packaging>pom</packaging>
  ${managed}<dependencies>${artifacts.map(dependencyOf).join('')}</dependencies>
</project>
`
}

function managementOf(pom: string): string {
  const imported = `<dependency>${coordinates(pom)}<type>pom</type><scope>import</scope></dependency>`
  return `<dependencyManagement><dependencies>${imported}</dependencies></dependencyManagement>`
}

function dependencyOf({ name, alone }: Artifact): string {
  const names = alone === true ? ['*'] : leftOut
  const exclusions = names.map(
    (each) => `<exclusion>${tag('groupId', '*')}${tag('artifactId', each)}</exclusion>`,
  )
  return `<dependency>${coordinates(name)}<exclusions>${exclusions.join('')}</exclusions></dependency>`
}

function coordinates(name: string): string {
  const [group = '', artifact = '', version = ''] = name.split(':')
  return `${tag('groupId', group)}${tag('artifactId', artifact)}${tag('version', version)}`
}

function tag(name: string, value: string): string {
  return `<${name}>${value}</${name}>`
}
