import { type Command, Option } from 'commander'
import { type Action, WITHOUT_PULUMI } from '../action.ts'
import type { StackOptions } from '../arguments.ts'
import type { PlanOptions } from '../commands/plan.ts'

/** The command that shows a stack without making any of it. */
export function addPlan(command: Command, action: Action): void {
  command
    .usage('-- [options]')
    .addOption(
      new Option('--manifests', 'the Kubernetes objects as YAML, with stand-ins for secrets').conflicts([
        'json',
        'against',
      ]),
    )
    .addOption(new Option('--json', 'as JSON'))
    .addOption(new Option('--against <revision>', 'what differs from another git revision, such as origin/main'))
    .addHelpText(
      'after',
      '\nIt needs no Pulumi CLI, engine or cluster, and ends with 1 where a mandatory policy is broken.',
    )
    .action((options: StackOptions & PlanOptions) =>
      action(async (asked, tools) => {
        const { plan } = await import('../commands/plan.ts')
        return plan(asked, { ...tools, note: (text) => void process.stderr.write(`${text}\n`) }, options)
      }, WITHOUT_PULUMI)([], options),
    )
}
