/** The part of a registry of prom-client (14 or 15) that is used; pass `register` or one of your own. */
export interface MetricRegistry {
  /** @throws Error when the registry holds another metric of that name. */
  registerMetric(metric: never): void
  removeSingleMetric(name: string): void
}

/** One value of a metric. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** For the parts of a histogram. */
  readonly metricName?: string
}

/** A metric that is worked out when somebody asks for it, from every source there is then. */
export interface Metric<Source> {
  readonly name: string
  readonly help: string
  readonly type: 'gauge' | 'counter' | 'histogram'
  read(source: Source): readonly Sample[]
}

/**
 * Puts metrics into a registry for any number of sources, such as the pools of one process: the first brings them in,
 * the last takes them out. Nothing is counted between two scrapes.
 */
export class MetricSet<Source> {
  readonly #metrics: readonly Metric<Source>[]
  readonly #sources = new WeakMap<MetricRegistry, Set<Source>>()

  constructor(metrics: readonly Metric<Source>[]) {
    this.#metrics = metrics
  }

  /** @returns takes the source out again. */
  add(registry: MetricRegistry, source: Source): () => void {
    const sources = this.#sources.get(registry) ?? this.#enter(registry)
    sources.add(source)
    return () => {
      sources.delete(source)
      if (sources.size === 0 && this.#sources.delete(registry)) {
        for (const { name } of this.#metrics) registry.removeSingleMetric(name)
      }
    }
  }

  #enter(registry: MetricRegistry): Set<Source> {
    const sources = new Set<Source>()
    for (const metric of this.#metrics) registry.registerMetric(new PulledMetric(metric, sources) as never)
    this.#sources.set(registry, sources)
    return sources
  }
}

/** What prom-client asks of a metric: no more than `get` and `reset`. */
class PulledMetric<Source> {
  /** Not the metric's own: for the OpenMetrics format prom-client changes the names of counters. */
  name: string
  readonly help: string
  readonly type: string
  readonly aggregator = 'sum'
  readonly #metric: Metric<Source>
  readonly #sources: ReadonlySet<Source>

  constructor(metric: Metric<Source>, sources: ReadonlySet<Source>) {
    this.name = metric.name
    this.help = metric.help
    this.type = metric.type
    this.#metric = metric
    this.#sources = sources
  }

  get(): Promise<object> {
    const { name, help, type, aggregator } = this
    const values = [...this.#sources].flatMap((source) => this.#metric.read(source))
    return Promise.resolve({ name, help, type, aggregator, values })
  }

  /** Totals count since the process began, and everything else is as it is. */
  reset(): void {}
}
