import { JOB } from './series.ts'

interface PrometheusArgs {
  /** Addresses that serve `/metrics`, by component. */
  readonly targets: Readonly<Record<string, string>>
  /** Path of the file with the rules. */
  readonly rules: string
}

/** Returns the configuration of the stack's own Prometheus. */
export const prometheusConfig = ({ targets, rules }: PrometheusArgs) => ({
  global: { scrape_interval: '15s', scrape_timeout: '10s', evaluation_interval: '15s' },
  rule_files: [rules],
  scrape_configs: [
    {
      job_name: JOB,
      static_configs: Object.entries(targets).map(([component, address]) => ({
        targets: [address],
        labels: { component },
      })),
    },
  ],
})
