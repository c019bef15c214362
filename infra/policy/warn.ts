import { log, runtime } from '@pulumi/pulumi'
import { shown } from '../plan/wire.ts'
import type { PolicyName } from '../settings/policy-names.ts'
import { violationLines } from './mandatory.ts'
import { POLICIES } from './policies.ts'
import { type Properties, violationsOf } from './policy.ts'

type Monitor = NonNullable<ReturnType<typeof runtime.getMonitor>>

/** Warns about each resource that violates a mandatory policy, when the program registers it. */
export function warnOfViolations(accepted: readonly PolicyName[], warn: (line: string) => unknown = log.warn): void {
  const monitor = runtime.getMonitor()
  if (monitor === undefined) return
  const register = monitor.registerResource.bind(monitor) as (
    ...args: readonly unknown[]
  ) => ReturnType<Monitor['registerResource']>
  // The only place that sees the inputs as the engine gets them: patched, and with marked secrets.
  monitor.registerResource = (request: Parameters<Monitor['registerResource']>[0], ...rest: readonly unknown[]) => {
    if (request.getCustom()) {
      const inputs = shown(request.getObject()?.toJavaScript() ?? {}) as Properties
      const subject = { type: request.getType(), name: request.getName(), inputs }
      for (const line of violationLines(violationsOf(POLICIES, [subject], accepted))) warn(line)
    }
    return register(request, ...rest)
  }
}
