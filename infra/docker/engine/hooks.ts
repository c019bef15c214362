import { log, ResourceHook, type ResourceHookBinding, type ResourceTransformation } from '@pulumi/pulumi'
import type { Engine } from './engine.ts'
import type { ContainerFacts } from './facts.ts'

type Watched = Pick<Engine, 'inspect' | 'log' | 'limitProcesses'>

interface Limits {
  /** How many processes a container may have. */
  readonly processes: number
}

const CONTAINER = 'docker:index/container:Container'
const LOOK_EVERY_MS = 500
const LINES = 15

/**
 * What is done around the making of each container, by whoever runs the program: it gets as many processes as it may have,
 * for which the provider has no input, and one that fails is told with its last lines, where the provider would wait for
 * it in silence.
 */
export function containerHooks(engine: Watched, { processes }: Limits): ResourceTransformation {
  const watches = new Map<string, NodeJS.Timeout>()
  const end = (urn: string) => {
    clearInterval(watches.get(urn))
    watches.delete(urn)
  }
  const before = new ResourceHook('watch-container', ({ urn, newInputs = {} }) => {
    const { name, mustRun } = newInputs as { readonly name?: unknown; readonly mustRun?: unknown }
    // The commands around the program tell of it themselves.
    if (typeof name !== 'string' || mustRun === false || process.env.PULUMI_AUTOMATION_API === 'true') return
    const watch = setInterval(() => {
      void told(name, engine).then(
        (isOver) => isOver && end(urn),
        (error: Error) => {
          end(urn)
          void log.warn(`${name} cannot be watched: ${error.message}`)
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

/** Whether a container has failed, which is told with the end of what it wrote. */
async function told(name: string, engine: Watched): Promise<boolean> {
  const [container] = await engine.inspect([name])
  const fault = container === undefined ? undefined : faultOf(container)
  if (fault === undefined) return false
  const lines = await engine.log(name, { tail: LINES })
  const end = lines.length === 0 ? ['(it wrote nothing)'] : lines.map(({ text }) => text)
  await log.warn(`${name} is ${fault}. Its last lines:\n${end.map((line) => `  ${line}`).join('\n')}`)
  return true
}

function faultOf({ state, health, exitCode, restarts, outOfMemory }: ContainerFacts): string | undefined {
  if (outOfMemory) return `${state} (out of memory)`
  if (state === 'exited' || state === 'dead') return `${state} (exit code ${exitCode})`
  if (state === 'restarting' || restarts > 0) return `started again after it ended (exit code ${exitCode})`
  return health === 'unhealthy' ? health : undefined
}
