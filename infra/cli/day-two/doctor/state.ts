import type { Asked } from '../../arguments.ts'
import { Refused } from '../../faults.ts'
import type { Pulumi } from '../../pulumi/cli.ts'
import { type Finding, findings } from './finding.ts'

const { ok, warning, failing } = findings('stack')

/** What an `up` that did not end in order has left in the stack's state. */
export async function checkState({ stack }: Asked, pulumi: Pick<Pulumi, 'state' | 'locks'>): Promise<Finding[]> {
  try {
    const state = await pulumi.state()
    if (state === undefined) return [ok('state', `the stack ${stack} was not made yet: \`npm run up\` makes it`)]
    const { resources, pending } = state
    const locks = await pulumi.locks()
    const left = [
      ...locks.map(({ pid, host, since, isHeld }) =>
        isHeld
          ? warning('state', `a \`pulumi\` works on it (process ${pid} on ${host}, since ${since})`, 'Wait for its end')
          : warning(
              'state',
              `locked since ${since} by a \`pulumi\` that is gone (process ${pid})`,
              '`npm run up` unlocks it',
            ),
      ),
      ...(pending.length === 0
        ? []
        : [
            warning(
              'state',
              `operations that were begun and never ended: ${pending.join(', ')}`,
              '`npm run up` ends them',
            ),
          ]),
    ]
    return left.length > 0 ? left : [ok('state', `${resources.length} resources, nothing half done`)]
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return [failing('state', `cannot be read: ${error.message}`, remedyOf(error.message))]
  }
}

const remedyOf = (message: string) =>
  /passphrase/i.test(message)
    ? 'Set PULUMI_CONFIG_PASSPHRASE to what the stack was made with; without one, .pulumi/passphrase is used'
    : 'Correct what the message names; PULUMI_BACKEND_URL says where the state is'
