import { series } from '../series.ts'

/** The namespaces selected at the top of the dashboard. Series of Docker have no namespace and always match. */
const NAMESPACE = 'namespace=~"$namespace"'

/** Window of rates, which Grafana derives from the scrape interval. */
const WINDOW = '$__rate_interval'

export const selected = (metric: string, ...labels: readonly string[]) => series(metric, NAMESPACE, ...labels)

/** A metric of the selected repositories. */
export const ofRepository = (unit: string) =>
  `max by (repository) (${selected(`codebase_repository_${unit}`, 'repository=~"$repository"')})`

/** A metric that every process reports with the same value. */
export const shared = (metric: string, ...labels: readonly string[]) => `max(${selected(metric, ...labels)})`

const byLabels = (labels: readonly string[]) => (labels.length === 0 ? 'sum' : `sum by (${labels.join(', ')})`)

/** Events per second, by labels. */
export const ratesBy = (labels: readonly string[], metric: string, ...matchers: readonly string[]) =>
  `${byLabels(labels)} (rate(${selected(metric, ...matchers)}[${WINDOW}]))`

/** The duration that `share` of the events did not exceed. */
export const quantile = (share: number, histogram: string, ...matchers: readonly string[]) =>
  `histogram_quantile(${share}, ${ratesBy(['le'], `${histogram}_bucket`, ...matchers)})`
