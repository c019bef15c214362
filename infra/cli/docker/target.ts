import { type Engine, makeEngine } from '../../docker/engine/engine.ts'
import type { ContainerFacts } from '../../docker/engine/facts.ts'
import { keptVolume, planned } from '../../docker/engine/majors.ts'
import { upgradeOnDocker } from '../../docker/engine/upgrade.ts'
import { Refused, refusal, unlessRefused } from '../../faults.ts'
import { checked } from '../../finding.ts'
import { npmRun } from '../../reader.ts'
import type { DockerSettings } from '../../settings/settings.ts'
import { freeBytes } from '../report/machine.ts'
import type { Target, Tools } from '../target.ts'
import { MODEL, PARTS, partsOf, troublesOf } from './parts.ts'
import { lookFirst } from './preflight.ts'
import { isReady, makeService } from './service.ts'
import { checkDisks, checkEngine, checkRemains } from './surroundings.ts'

type Needed = Pick<Tools, 'root' | 'environment' | 'asked' | 'terminal'>

/** Returns the target of a stack that runs in Docker containers. */
export function dockerTarget(
  settings: DockerSettings,
  { root, environment, asked, terminal }: Needed,
  engine: Engine = makeEngine(environment),
): Target {
  const { name } = settings
  const up = npmRun(asked, 'up')
  const nameOf = (part: string) => `${name}-${part}`
  const containers = async (): Promise<readonly ContainerFacts[]> => {
    const fault = await engine.fault()
    if (fault !== undefined) throw refusal(fault)
    return engine.of(name)
  }
  const target: Target = {
    partNames: [...PARTS, MODEL],
    isLocal: true,
    preflight: () => lookFirst(settings, root, engine),
    async surroundings() {
      const fault = await engine.fault()
      if (fault !== undefined)
        return checked('machine', 'disk', () => checkDisks(root, undefined, undefined, freeBytes))
      const began = terminal.now().getTime()
      const info = await engine.info()
      const aheadMs = Date.parse(info.SystemTime) - (began + terminal.now().getTime()) / 2
      const postgres = await unlessRefused(target.postgres(''))
      const all = await Promise.all([
        checked('machine', 'engine', () => checkEngine(info, aheadMs, settings)),
        checked('machine', 'disk', () => checkDisks(root, info.DockerRootDir, postgres?.run, freeBytes)),
        checked('stack', 'database', async () =>
          postgres === undefined ? [] : checkRemains(postgres.run, npmRun(asked, 'restore')),
        ),
      ])
      return all.flat()
    },
    async look(_, progress) {
      const all = await containers()
      const pull = all.find((each) => each.name === nameOf(MODEL) && each.state === 'running')
      if (progress !== undefined && pull !== undefined) {
        progress.hear('model-pull', (await engine.log(pull.name, { tail: 1 })).at(-1)?.text ?? '')
      }
      return troublesOf(settings, all, (word, ...more) => npmRun(asked, word, ...more))
    },
    isMade: async () => (await containers()).length > 0 || (await engine.volumesOf(name)).length > 0,
    parts: async () => partsOf(settings, await containers()),
    usage(parts) {
      const running = parts.flatMap(({ instances }) => instances.filter((each) => each.isRunning))
      return engine.usage(
        running.map(({ id, memoryLimit }) => ({ name: id, ...(memoryLimit === undefined ? {} : { memoryLimit }) })),
      )
    },
    async sources(named) {
      const all = await containers()
      const chosen = named.length === 0 ? PARTS : named
      const there = all.filter(({ state }) => state !== 'created')
      return [...PARTS, MODEL]
        .filter((part) => chosen.some((each) => each === part))
        .flatMap((part) =>
          there
            .filter((each) => each.name === nameOf(part))
            .map((each) => ({ part, id: each.name, run: each.startedAt })),
        )
    },
    log: (id, window) => engine.log(id, window),
    follow: (id, since, signal) => engine.follow(id, since, signal),
    run: (id, command, pipes) => engine.run(id, command, pipes),
    runHere: (id, command) => engine.runHere(id, command, terminal.isInteractive),
    async postgres(instead) {
      if (settings.database.url !== undefined) {
        throw new Refused(`This stack uses an existing database (codebase-mcp:database.url): ${instead}`)
      }
      const id = nameOf('postgres')
      const container = (await containers()).find((each) => each.name === id)
      if (container?.state === 'running') {
        return {
          id,
          run: (command, pipes) => engine.run(id, command, pipes),
          login: (role) => ({ user: role, variables: [] }),
        }
      }
      const state = container === undefined ? 'does not exist' : `is ${container.state}`
      throw new Refused(`The container of postgres ${state}: \`${up}\` starts it`)
    },
    async restoring() {
      const own = (await containers()).filter((each) => ['server', 'worker'].some((part) => each.name === nameOf(part)))
      return makeService(own, { engine, terminal, isReady })
    },
    async upgrading(pulumi) {
      const fault = await engine.fault()
      if (fault !== undefined) throw refusal(fault)
      const { resources = [] } = (await pulumi.state()) ?? {}
      const image = resources.find(({ urn }) => urn.endsWith('::postgres-image'))?.outputs?.name
      const step = await planned(settings, engine, { recorded: typeof image === 'string' ? image : undefined, up })
      if (step === undefined) return undefined
      const { major } = step.from
      return {
        from: major,
        to: step.to,
        async take(signal) {
          await upgradeOnDocker(settings, step, { engine, note: terminal.note, signal })
          const kept = keptVolume(name, major)
          return `The files of Postgres ${major} are in the volume ${kept}; if everything works, remove it: docker volume rm ${kept}`
        },
      }
    },
  }
  return target
}
