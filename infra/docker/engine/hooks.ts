import { log, ResourceHook, type ResourceHookBinding, type ResourceTransformation } from '@pulumi/pulumi'
import type { Engine } from './engine.ts'
import type { ContainerFacts } from './facts.ts'

type Watched = Pick<Engine, 'inspect' | 'log' | 'limitProcesses'>

interface Limits {
  /** Maximum number of processes in a container. */
  readonly processes: number
}

const CONTAINER = 'docker:index/container:Container'
const LOOK_EVERY_MS = 500
const LINES = 15

/**
 * Returns hooks around the creation of each container. They set its process limit, for which the provider has no input.
 * They also report the last log lines of a container that fails, because the provider would wait for it in silence.
 */
export function containerHooks(engine: Watched, { processes }: Limits): ResourceTransformation {
  const watches = new Map<string, NodeJS.Timeout>()
  const end = (urn: string) => {
    clearInterval(watches.get(urn))
    watches.delete(urn)
  }
  const before = new ResourceHook('watch-container', ({ urn, newInputs = {} }) => {
    const { name, mustRun } = newInputs as { readonly name?: unknown; readonly mustRun?: unknown }
    // The CLI reports it itself.
    if (typeof name !== 'string' || mustRun === false || process.env.PULUMI_AUTOMATION_API === 'true') return
    const watch = setInterval(() => {
      void told(name, engine).then(
        (isOver) => isOver && end(urn),
        (error: Error) => {
          end(urn)
          void log.warn(`${name} cannot be monitored: ${error.message}`)
        },
      )
    }, LOOK_EVERY_MS)
    watches.set(urn, watch.unref())
  })
  const after = new ResourceHook('limit-processes', async ({ urn, id, newOutputs = {} }) => {
    end(urn)
    const { mustRun } = newOutputs as { readonly mustRun?: unknown }
    if (mustRun !== false) await engine.limitProcesses([id], processes)
  })
  const hooks: ResourceHookBinding = { beforeCreate: [before], afterCreate: [after] }
  return ({ type, props, opts }) => (type === CONTAINER ? { props, opts: { ...opts, hooks } } : undefined)
}

/** Reports the last log lines of a container if it has failed. @returns whether it has failed */
async function told(name: string, engine: Watched): Promise<boolean> {
  const [container] = await engine.inspect([name])
  const fault = container === undefined ? undefined : faultOf(container)
  if (fault === undefined) return false
  const lines = await engine.log(name, { tail: LINES })
  const end = lines.length === 0 ? ['(no output)'] : lines.map(({ text }) => text)
  await log.warn(`${name} is ${fault}. Its last lines:\n${end.map((line) => `  ${line}`).join('\n')}`)
  return true
}

function faultOf({ state, health, exitCode, restarts, outOfMemory }: ContainerFacts): string | undefined {
  if (outOfMemory) return `${state} (out of memory)`
  if (state === 'exited' || state === 'dead') return `${state} (exit code ${exitCode})`
  if (state === 'restarting' || restarts > 0) return `restarted after it exited (exit code ${exitCode})`
  return health === 'unhealthy' ? health : undefined
}
