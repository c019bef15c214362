import { ANSWERING } from './rules/answering.ts'
import { INDEXING } from './rules/indexing.ts'
import { RESOURCES } from './rules/resources.ts'
import { JOB } from './series.ts'

/** What somebody has to be told of: Prometheus' own file of rules, and the `spec` of a PrometheusRule. */
export const RULE_GROUPS = { groups: [{ name: JOB, rules: [...ANSWERING, ...INDEXING, ...RESOURCES] }] }
