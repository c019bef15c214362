import { once, ratePerStack, STACK, series } from '../series.ts'

/** An alerting rule, as Prometheus reads it. */
export interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly labels: { readonly severity: 'critical' | 'warning' }
  readonly annotations: { readonly summary: string; readonly remedy: string }
}

/**
 * Fires if more than `limit` of all events match. Requires at least five matching events, so that one failure of two
 * calls does not fire.
 */
export const shareAbove = (limit: number, [events, all]: readonly [string, string]) =>
  `${ratePerStack('10m', events)} / ${ratePerStack('10m', all)} > ${limit}` +
  ` and sum by (${STACK}) (increase(${events}[10m])) >= 5`

/** Excludes stacks without an embedder, for which the alert would mean nothing. */
export const whereEmbedding = (expression: string) =>
  `(${expression}) unless on (${STACK}) ${once(series('codebase_embedder_state', 'state="off"'))} == 1`
