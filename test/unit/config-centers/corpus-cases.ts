import type { DatasourceEdit, DatasourceFields } from '../../../src/core/ports/document-editor.ts'

export interface CorpusCase {
  /** Where the datasource stands. */
  readonly fields?: DatasourceFields
  /** What its address says once it points to 10.99.0.1:3399. */
  readonly title?: string
  readonly to?: Partial<DatasourceEdit>
  /** How the edit of the datasource is refused. */
  readonly refused?: string
  /** How the whole document is refused. */
  readonly broken?: string
  /** Document and path of values that a later document sets again. */
  readonly setAgain?: readonly string[]
}

function below(path: string, more: Partial<DatasourceFields> = {}): DatasourceFields {
  return { url: `${path}.url`, user: `${path}.username`, password: `${path}.password`, ...more }
}

function inside(url: string): DatasourceFields {
  return { url, user: url, password: url }
}

const spring = below('spring.datasource')
const jdbc = below('jdbc')
const there = '10.99.0.1:3399'

export const corpusCases: Readonly<Record<string, CorpusCase>> = {
  '01-spring-single.yaml': { fields: spring, title: `${there}/orders` },
  '02-spring-profiles.yaml': { fields: { ...spring, document: 'prod' }, title: `${there}/billing` },
  '03-spring-old-profiles.yaml': { fields: { ...spring, document: 'test' }, title: `${there}/legacy` },
  '04-ruoyi-druid.yaml': { fields: below('spring.datasource.druid.master'), title: `${there}/ry-vue` },
  '05-pig-placeholders.yaml': {
    fields: spring,
    refused:
      'spring.datasource.url holds the placeholder ${MYSQL_HOST}, its value comes from elsewhere (7:10)',
  },
  '06-own-placeholders.yaml': { fields: spring, title: `${there}/shop` },
  '07-jeecg-dynamic.yaml': {
    fields: below('spring.datasource.dynamic.datasource.report_1'),
    title: `${there}/report`,
  },
  '08-dynamic-encrypted.yaml': {
    fields: below('spring.datasource.dynamic.datasource.master'),
    refused: 'does not begin with jdbc:mysql://',
  },
  '09-cipher.yaml': { fields: spring, refused: 'spring.datasource.password is encrypted (8:15)' },
  '10-shardingsphere.yaml': {
    fields: below('dataSources.ds_1', { url: 'dataSources.ds_1.jdbcUrl' }),
    title: `${there}/demo_ds_1`,
  },
  '11-sharding-in-spring.yaml': {
    fields: below('spring.shardingsphere.datasource.ds0', {
      url: 'spring.shardingsphere.datasource.ds0.jdbc-url',
    }),
    refused: 'spring.shardingsphere.datasource.ds0.jdbc-url stands below the anchor &pool (7:19)',
  },
  '12-anchored-credentials.yaml': {
    fields: below('primary'),
    refused: 'primary.username is an alias (6:13)',
  },
  '13-flow-everything.yaml': { fields: spring, title: `${there}/f` },
  '14-dotted-and-nested.yaml': { fields: spring, title: `${there}/m` },
  '15-tabs-and-blanks.yaml': { fields: spring, title: `${there}/t` },
  '16-quotes.yaml': { fields: spring, title: `${there}/q` },
  '17-block-scalars.yaml': { fields: below('datasource'), title: `${there}/b` },
  '18-numbers-and-words.yaml': { fields: below('db'), refused: 'the document has no db.url' },
  '19-directives.yaml': { fields: below('datasource'), title: `${there}/d` },
  '20-comments-everywhere.yaml': { fields: spring, title: `${there}/c` },
  '21-lists.yaml': { fields: below('datasources[1]'), title: `${there}/a` },
  '22-go-service.yaml': {
    fields: inside('mysql.dsn'),
    title: `${there}/orders`,
    to: { password: 'n:w@x/#1' },
  },
  '23-python-service.yml': { fields: inside('SQLALCHEMY_DATABASE_URI'), title: `${there}/reports` },
  '24-multi-host.yaml': {
    fields: spring,
    title: '10.99.0.1:3399,10.99.0.2:3399/orders',
    to: { url: 'jdbc:mysql:replication://10.99.0.1:3399,10.99.0.2:3399/orders?loadBalanceStrategy=random' },
  },
  '25-p6spy.yaml': { fields: spring, title: `${there}/spy` },
  '26-unicode.yaml': { fields: spring, title: `${there}/订单` },
  '27-later-wins.yaml': {
    fields: spring,
    refused: 'spring.datasource.url stands in the document more than once',
    setAgain: ['0 spring.datasource.url'],
  },
  '28-twice.yaml': { broken: 'the document holds a key twice (5:5)' },
  '40-old-java.properties': { fields: jdbc, title: `${there}/crm` },
  '41-escapes.properties': { fields: jdbc, title: `${there}/crm` },
  '42-continued.properties': { fields: jdbc, title: `${there}/long` },
  '43-separators.properties': { fields: jdbc, title: `${there}/s` },
  '44-duplicates.properties': { fields: jdbc, title: `${there}/d` },
  '45-spring.properties': { fields: spring, title: `${there}/billing` },
  '46-spring-documents.properties': { fields: { ...spring, document: 'prod' }, title: `${there}/m` },
  '47-druid-many.properties': {
    fields: below('datasource.slave[0]'),
    refused: 'datasource.slave[0].password is encrypted (6:30)',
  },
  '48-placeholder.properties': {
    fields: jdbc,
    refused:
      'jdbc.password holds the placeholder ${env.LEDGER_PASSWORD}, its value comes from elsewhere (5:15)',
  },
  '49-mariadb.properties': { fields: inside('jdbc.url'), title: `${there}/m`, to: { password: 'n3w' } },
  '50-latin.properties': { fields: jdbc, title: `${there}/l` },
  '51-bare-end.properties': { fields: jdbc, title: `${there}/b` },
  '60-node-config.json': {
    fields: below('db.connection', { user: 'db.connection.user' }),
    title: `${there}/shop`,
  },
  '61-host-and-port.json': { fields: below('db'), refused: 'the document has no db.url' },
  '62-comments.json': { fields: inside('database.url'), title: `${there}/shop` },
  '63-dotted.json': { fields: spring, title: `${there}/s` },
  '64-environments.json': { fields: below('production'), title: `${there}/app` },
  '65-minified.json': { fields: below('db[0]'), title: `${there}/y` },
  '66-twice.json': { broken: 'the document holds a key twice (3:3)' },
  '67-appsettings.json': { fields: inside('ConnectionStrings.Orders'), refused: 'does not begin with' },
  '80-service.toml': { fields: below('database', { user: 'database.user' }), title: `${there}/orders` },
  '81-tables.toml': { fields: inside('shards[1].dsn'), title: `${there}/b`, to: { password: 'n3w' } },
}
