import { remainsOfRestore } from '../../database/exchange.ts'
import { makeDatabase } from '../../database/statements.ts'
import { checkDisks, checkEngine } from '../../docker/engine/checks.ts'
import { type Engine, makeEngine } from '../../docker/engine/engine.ts'
import type { ContainerFacts } from '../../docker/engine/facts.ts'
import { keptVolume, planned } from '../../docker/engine/majors.ts'
import { runPreflight } from '../../docker/engine/preflight.ts'
import { upgradeOnDocker } from '../../docker/engine/upgrade.ts'
import { MODEL, PARTS } from '../../docker/parts.ts'
import { Refused, refusal, unlessRefused } from '../../faults.ts'
import { checked, type Finding, findings } from '../../finding.ts'
import { npmRun } from '../../printed-commands.ts'
import type { DockerSettings } from '../../settings/settings.ts'
import type { Postgres, Source, Target, Tools, Upgrade } from '../target.ts'
import { partsOf, troublesOf } from './parts.ts'
import { isReady, makeService } from './service.ts'

type Needed = Pick<Tools, 'root' | 'environment' | 'asked' | 'terminal'>

/** A stack on an engine. */
interface Place extends Needed {
  readonly settings: DockerSettings
  readonly engine: Engine
  /** Returns the containers of the stack. @throws Refused if the engine does not answer */
  readonly containers: () => Promise<readonly ContainerFacts[]>
}

/** Returns the target of a stack that runs in Docker containers. */
export function dockerTarget(
  settings: DockerSettings,
  tools: Needed,
  engine: Engine = makeEngine(tools.environment),
): Target {
  const { root, asked, terminal } = tools
  const { name } = settings
  const containers = async () => {
    await refuseSilent(engine)
    return engine.of(name)
  }
  const place: Place = { ...tools, settings, engine, containers }
  return {
    partNames: [...PARTS, MODEL],
    isLocal: true,
    preflight: () => runPreflight(settings, root, engine),
    checkMachine: () => machineFindings(place),
    async look(_, progress) {
      const all = await containers()
      const pull = all.find((each) => each.name === `${name}-${MODEL}` && each.state === 'running')
      if (progress !== undefined && pull !== undefined) {
        progress.hear('model-pull', (await engine.log(pull.name, { tail: 1 })).at(-1)?.text ?? '')
      }
      return troublesOf(settings, all, (word, ...more) => npmRun(asked, word, ...more))
    },
    isMade: async () => (await containers()).length > 0 || (await engine.volumesOf(name)).length > 0,
    parts: async () => partsOf(settings, await containers()),
    usage(parts) {
      const running = parts.flatMap(({ instances }) => instances.filter((each) => each.isRunning))
      return engine.usage(running.map(({ id, ...rest }) => ({ name: id, ...rest })))
    },
    sources: async (named) => sourcesOf(name, named, await containers()),
    log: (id, window) => engine.log(id, window),
    follow: (id, since, signal) => engine.follow(id, since, signal),
    run: (id, command, pipes) => engine.run(id, command, pipes),
    runHere: (id, command) => engine.runHere(id, command, terminal.isInteractive),
    postgres: (instead) => postgresOf(place, instead),
    async restoring() {
      const own = ['server', 'worker'].map((part) => `${name}-${part}`)
      const users = (await containers()).filter((each) => own.includes(each.name))
      return makeService(users, { engine, terminal, isReady })
    },
    upgrading: (pulumi) => upgradeOf(place, pulumi),
  }
}

async function refuseSilent(engine: Engine): Promise<void> {
  const fault = await engine.fault()
  if (fault !== undefined) throw refusal(fault)
}

async function machineFindings(place: Place): Promise<readonly Finding[]> {
  const { root, asked, terminal, settings, engine } = place
  if ((await engine.fault()) !== undefined) {
    return checked('machine', 'disk', () => checkDisks(root, undefined, undefined))
  }
  const began = terminal.now().getTime()
  const info = await engine.info()
  const aheadMs = Date.parse(info.SystemTime) - (began + terminal.now().getTime()) / 2
  const postgres = await unlessRefused(postgresOf(place, ''))
  const all = await Promise.all([
    checked('machine', 'engine', () => checkEngine(info, aheadMs, settings)),
    checked('machine', 'disk', () => checkDisks(root, info.DockerRootDir, postgres?.run)),
    checked('stack', 'database', async () => {
      const left = postgres === undefined ? [] : await remainsOfRestore(makeDatabase(postgres.run))
      if (left.length === 0) return []
      const remedy = `Run \`${npmRun(asked, 'restore')}\` again: it cleans up first`
      return [findings('stack').warning('database', `a killed restore left ${left.join(' and ')}`, remedy)]
    }),
  ])
  return all.flat()
}

function sourcesOf(stack: string, named: readonly string[], containers: readonly ContainerFacts[]): Source[] {
  const chosen = named.length === 0 ? PARTS : named
  const begun = containers.filter(({ state }) => state !== 'created')
  return [...PARTS, MODEL]
    .filter((part) => chosen.some((each) => each === part))
    .flatMap((part) =>
      begun
        .filter((each) => each.name === `${stack}-${part}`)
        .map((each) => ({ part, id: each.name, run: each.startedAt })),
    )
}

async function postgresOf({ settings, engine, asked, containers }: Place, instead: string): Promise<Postgres> {
  if (settings.database.url !== undefined) {
    throw new Refused(`This stack uses an existing database (codebase-mcp:database.url): ${instead}`)
  }
  const id = `${settings.name}-postgres`
  const container = (await containers()).find((each) => each.name === id)
  if (container?.state !== 'running') {
    const state = container === undefined ? 'does not exist' : `is ${container.state}`
    throw new Refused(`The container of postgres ${state}: \`${npmRun(asked, 'up')}\` starts it`)
  }
  return {
    id,
    run: (command, pipes) => engine.run(id, command, pipes),
    login: (role) => ({ user: role, variables: [] }),
  }
}

async function upgradeOf(
  { settings, engine, asked, terminal }: Place,
  pulumi: Pick<Tools['pulumi'], 'state'>,
): Promise<Upgrade | undefined> {
  await refuseSilent(engine)
  const { resources = [] } = (await pulumi.state()) ?? {}
  const image = resources.find(({ urn }) => urn.endsWith('::postgres-image'))?.outputs?.name
  const recorded = typeof image === 'string' ? image : undefined
  const step = await planned(settings, engine, { recorded, up: npmRun(asked, 'up') })
  if (step === undefined) return undefined
  const { major } = step.from
  return {
    from: major,
    to: step.to,
    async take(signal) {
      await upgradeOnDocker(settings, step, { engine, note: terminal.note, signal })
      const kept = keptVolume(settings.name, major)
      return `The files of Postgres ${major} are in the volume ${kept}; if everything works, remove it: docker volume rm ${kept}`
    },
  }
}
