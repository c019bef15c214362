import { once, ratePerStack, STACK, series } from '../series.ts'

/** A rule that raises an alert, as Prometheus reads it. */
export interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly labels: { readonly severity: 'critical' | 'warning' }
  readonly annotations: { readonly summary: string; readonly remedy: string }
}

/** A share of events above `limit`, of a handful at least: one fault of two calls says nothing. */
export const shareAbove = (limit: number, [events, all]: readonly [string, string]) =>
  `${ratePerStack('10m', events)} / ${ratePerStack('10m', all)} > ${limit}` +
  ` and sum by (${STACK}) (increase(${events}[10m])) >= 5`

/** Unless embeddings are switched off, which is nothing to be told of. */
export const whereEmbedding = (expression: string) =>
  `(${expression}) unless on (${STACK}) ${once(series('codebase_embedder_state', 'state="off"'))} == 1`
