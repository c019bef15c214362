import { JOB } from './series.ts'

interface PrometheusArgs {
  /** Addresses that serve `/metrics`, by their parts of the stack. */
  readonly targets: Readonly<Record<string, string>>
  /** The file of the rules. */
  readonly rules: string
}

/** The configuration of a Prometheus beside the stack. */
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
