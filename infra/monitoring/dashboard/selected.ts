import { series } from '../series.ts'

/** The namespaces that are chosen above the dashboard; on Docker there are none, and all are. */
const NAMESPACE = 'namespace=~"$namespace"'

/** What a rate is taken over: long enough for the interval of scraping, whatever that is. */
const WINDOW = '$__rate_interval'

export const selected = (metric: string, ...labels: readonly string[]) => series(metric, NAMESPACE, ...labels)

/** Of the repositories that are chosen above the dashboard. */
export const ofRepository = (unit: string) =>
  `max by (repository) (${selected(`codebase_repository_${unit}`, 'repository=~"$repository"')})`

/** The one value that every process tells alike. */
export const shared = (metric: string, ...labels: readonly string[]) => `max(${selected(metric, ...labels)})`

const byLabels = (labels: readonly string[]) => (labels.length === 0 ? 'sum' : `sum by (${labels.join(', ')})`)

/** Events a second, by labels. */
export const ratesBy = (labels: readonly string[], metric: string, ...matchers: readonly string[]) =>
  `${byLabels(labels)} (rate(${selected(metric, ...matchers)}[${WINDOW}]))`

/** The duration that a share of the events stayed below. */
export const quantile = (share: number, histogram: string, ...matchers: readonly string[]) =>
  `histogram_quantile(${share}, ${ratesBy(['le'], `${histogram}_bucket`, ...matchers)})`
