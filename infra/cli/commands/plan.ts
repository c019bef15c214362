import { Refused } from '../../faults.ts'
import type { Plan } from '../../plan/plan.ts'
import type { Violation } from '../../policy/policy.ts'
import type { Tools } from '../target.ts'

export interface PlanOptions {
  readonly json?: boolean
  readonly manifests?: boolean
  /** Git revision to compare with. */
  readonly against?: string
}

interface PlanTools extends Pick<Tools, 'root' | 'asked'> {
  readonly terminal: Pick<Tools['terminal'], 'print' | 'note' | 'interruption'>
}

/**
 * Prints the resources of the stack without an engine, a cluster or the Pulumi CLI. Returns 1 if they violate a
 * mandatory policy.
 */
export async function plan(tools: PlanTools, options: PlanOptions): Promise<number> {
  const made = await (options.against === undefined ? show(tools, options) : compare(options.against, tools, options))
  return made.violations.some(({ level }) => level === 'mandatory') ? 1 : 0
}

async function show(tools: PlanTools, { json, manifests }: PlanOptions): Promise<Plan> {
  const { terminal } = tools
  const made = await planHere(tools)
  const { showResources, showRemarks } = await import('../../plan/listing.ts')
  const { headline } = await import('../../plan/headline.ts')
  if (json) terminal.print(JSON.stringify(made, null, 2))
  else if (manifests) {
    terminal.print(await documentsOf(made))
    terminal.note(showRemarks(made))
  } else terminal.print(joined(headline(made), showResources(made), showRemarks(made)))
  return made
}

async function documentsOf(made: Plan): Promise<string> {
  const { manifestsOf } = await import('../../plan/manifests.ts')
  const documents = manifestsOf(made)
  if (documents !== '') return documents.trimEnd()
  throw new Refused(
    `The stack ${made.stack} has no Kubernetes objects: choose a stack with target kubernetes, such as prod`,
  )
}

async function compare(against: string, tools: PlanTools, { json }: PlanOptions): Promise<Plan> {
  const { terminal } = tools
  const [made, other] = await bothPlans(against, tools)
  const { differenceOf } = await import('../../plan/difference.ts')
  const difference = differenceOf(other.plan, made)
  if (json)
    terminal.print(JSON.stringify({ against: other.title, ...difference, violations: made.violations }, null, 2))
  else {
    const [{ headlineOfDifference }, { showDifference }, { showRemarks }] = await Promise.all([
      import('../../plan/headline.ts'),
      import('../../plan/show-difference.ts'),
      import('../../plan/listing.ts'),
    ])
    const isNew = (violation: Violation) => difference.newViolations.includes(violation)
    const first = headlineOfDifference(difference, other.plan, made, other.title)
    terminal.print(joined(first, showDifference(difference), showRemarks(made, isNew)))
  }
  return made
}

/** Joins the non-empty parts of a text with blank lines. */
const joined = (...parts: readonly string[]) => parts.filter((part) => part !== '').join('\n\n')

/**
 * Computes both plans in parallel, the other one in a separate process. Waits for both before throwing, so that the
 * temporary checkout is removed first.
 */
async function bothPlans(against: string, tools: PlanTools) {
  const { planAt } = await import('../../plan/revision.ts')
  const interruption = tools.terminal.interruption()
  try {
    const plans = [planHere(tools), planAt(against, tools.root, tools.asked, interruption.signal)] as const
    await Promise.allSettled(plans)
    return await Promise.all(plans)
  } finally {
    interruption.over()
  }
}

async function planHere({ root, asked }: PlanTools): Promise<Plan> {
  const [{ readStackConfig }, { planOf }] = await Promise.all([
    import('../../plan/stack-config.ts'),
    import('../../plan/program.ts'),
  ])
  return planOf(asked.stack, readStackConfig(root, asked))
}
