import { log, ResourceHook, type ResourceHookBinding, type ResourceTransformation } from '@pulumi/pulumi'
import type { Engine } from './engine.ts'
import type { ContainerFacts } from './facts.ts'

type Watched = Pick<Engine, 'inspect' | 'log' | 'limitProcesses'>

type Warn = (text: string) => Promise<void>

interface Limits {
  /** Maximum number of processes in a container. */
  readonly processes: number
}

const CONTAINER = 'docker:index/container:Container'
const LOOK_EVERY_MS = 500
const LINES = 15

/** `pulumi up` and `npm run up` alike: see `aroundContainers`. */
export function containerHooks(engine: Watched, limits: Limits): ResourceTransformation {
  const { before, after } = aroundContainers(engine, limits)
  const hooks: ResourceHookBinding = {
    beforeCreate: [new ResourceHook('watch-container', before)],
    afterCreate: [new ResourceHook('limit-processes', after)],
  }
  return ({ type, props, opts }) => (type === CONTAINER ? { props, opts: { ...opts, hooks } } : undefined)
}

/** A created container, as the engine passes it to a hook. */
interface Made {
  readonly urn: string
  readonly id: string
  readonly newInputs?: Properties
  readonly newOutputs?: Properties
}

type Properties = Readonly<Record<string, unknown>>

/**
 * Returns hooks around the creation of each container. They set its process limit, for which the provider has no input.
 * They also report the last log lines of a container that fails, because the provider would wait for it in silence.
 */
export function aroundContainers(engine: Watched, { processes }: Limits, warn: Warn = log.warn) {
  const watches = new Map<string, NodeJS.Timeout>()
  const end = (urn: string) => {
    clearInterval(watches.get(urn))
    watches.delete(urn)
  }
  return {
    before: ({ urn, newInputs: { name, mustRun } = {} }: Omit<Made, 'id'>): void => {
      // The CLI reports it itself.
      if (typeof name !== 'string' || mustRun === false || process.env.PULUMI_AUTOMATION_API === 'true') return
      const watch = setInterval(() => {
        void told(name, engine, warn).then(
          (isOver) => isOver && end(urn),
          (error: Error) => {
            end(urn)
            void warn(`${name} cannot be monitored: ${error.message}`)
          },
        )
      }, LOOK_EVERY_MS)
      watches.set(urn, watch.unref())
    },
    after: async ({ urn, id, newOutputs: { mustRun } = {} }: Made): Promise<void> => {
      end(urn)
      if (mustRun !== false) await engine.limitProcesses([id], processes)
    },
  }
}

/** Reports the last log lines of a container if it has failed. @returns whether it has failed */
async function told(name: string, engine: Watched, warn: Warn): Promise<boolean> {
  const [container] = await engine.inspect([name])
  const fault = container === undefined ? undefined : faultOf(container)
  if (fault === undefined) return false
  const lines = await engine.log(name, { tail: LINES })
  const end = lines.length === 0 ? ['(no output)'] : lines.map(({ text }) => text)
  await warn(`${name} is ${fault}. Its last lines:\n${end.map((line) => `  ${line}`).join('\n')}`)
  return true
}

function faultOf({ state, health, exitCode, restarts, outOfMemory }: ContainerFacts): string | undefined {
  if (outOfMemory) return `${state} (out of memory)`
  if (state === 'exited' || state === 'dead') return `${state} (exit code ${exitCode})`
  if (state === 'restarting' || restarts > 0) return `restarted after it exited (exit code ${exitCode})`
  return health === 'unhealthy' ? health : undefined
}
