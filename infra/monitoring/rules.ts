import { ANSWERING } from './rules/answering.ts'
import { type BackupIntervals, backupRules } from './rules/backups.ts'
import { INDEXING } from './rules/indexing.ts'
import { RESOURCES } from './rules/resources.ts'
import type { Rule } from './rules/rule.ts'
import { inNamespace, JOB } from './series.ts'

const RULES = [...ANSWERING, ...INDEXING, ...RESOURCES]

const groupsOf = (rules: readonly Rule[]) => ({ groups: [{ name: JOB, rules }] })

/** All alert rules, as a Prometheus rule file. */
export const RULE_GROUPS = groupsOf(RULES)

interface StackInNamespace {
  readonly namespace: string
  /** Undefined if backups are disabled. */
  readonly backups?: BackupIntervals
}

/** Returns the rules for the stack in one namespace, as the `spec` of a PrometheusRule. */
export function ruleGroupsFor({ namespace, backups }: StackInNamespace): typeof RULE_GROUPS {
  const rules = [...RULES, ...(backups === undefined ? [] : backupRules(backups))]
  return groupsOf(rules.map((rule) => ({ ...rule, expr: inNamespace(rule.expr, namespace) })))
}
