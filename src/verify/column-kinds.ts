/** Whole numbers: their text needs no length before it. */
export const integerTypes: ReadonlySet<string> = new Set([
  'tinyint',
  'smallint',
  'mediumint',
  'int',
  'bigint',
  'year',
])
export const decimalTypes: ReadonlySet<string> = new Set(['decimal'])
/** Times whose text is plain ASCII; timestamp is read in UTC, see the session's time zone. */
export const timeTypes: ReadonlySet<string> = new Set(['date', 'datetime', 'timestamp', 'time'])
export const floatTypes: ReadonlySet<string> = new Set(['float', 'double'])
/** Stored as numbers; the number is exact where both servers declare the same type. */
export const listTypes: ReadonlySet<string> = new Set(['enum', 'set'])
export const spatialTypes: ReadonlySet<string> = new Set([
  'geometry',
  'point',
  'linestring',
  'polygon',
  'multipoint',
  'multilinestring',
  'multipolygon',
  'geometrycollection',
  'geomcollection',
])
/** Values that may be larger than a packet. */
export const hugeTypes: ReadonlySet<string> = new Set(['mediumtext', 'longtext', 'mediumblob', 'longblob'])
export const binaryTypes: ReadonlySet<string> = new Set([
  'binary',
  'varbinary',
  'tinyblob',
  'blob',
  'mediumblob',
  'longblob',
])
/** Types a key may have so that `>` walks it in the index' own order on both servers. */
export const orderedTypes: ReadonlySet<string> = new Set([
  ...integerTypes,
  ...decimalTypes,
  ...timeTypes,
  'char',
  'varchar',
  'binary',
  'varbinary',
])
