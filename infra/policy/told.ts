import { log, runtime } from '@pulumi/pulumi'
import { shown } from '../plan/wire.ts'
import type { PolicyName } from '../settings/policy-names.ts'
import { brokenLines } from './broken.ts'
import { POLICIES } from './policies.ts'
import { type Properties, violationsOf } from './policy.ts'

type Monitor = NonNullable<ReturnType<typeof runtime.getMonitor>>

/** Warns of each resource that breaks a mandatory policy, as the program asks the engine for it. */
export function tellOfBroken(accepted: readonly PolicyName[], warn: (line: string) => unknown = log.warn): void {
  const monitor = runtime.getMonitor()
  if (monitor === undefined) return
  const register = monitor.registerResource.bind(monitor) as (
    ...args: readonly unknown[]
  ) => ReturnType<Monitor['registerResource']>
  // The only place where the inputs can be seen as the engine gets them, patched and with what is secret marked.
  monitor.registerResource = (request: Parameters<Monitor['registerResource']>[0], ...rest: readonly unknown[]) => {
    if (request.getCustom()) {
      const inputs = shown(request.getObject()?.toJavaScript() ?? {}) as Properties
      const subject = { type: request.getType(), name: request.getName(), inputs }
      for (const line of brokenLines(violationsOf(POLICIES, [subject], accepted))) warn(line)
    }
    return register(request, ...rest)
  }
}
