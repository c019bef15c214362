import { namedRepository } from '../access/named-repository.ts'
import { EVERY_REPOSITORY } from '../access/repository-scope.ts'
import { CLIENTS } from '../client-shapes.ts'
import { Fault } from '../errors.ts'
import { OPERATIONS } from '../http/operations.ts'
import { realPath } from '../indexing/folder.ts'
import { sweepRemoved } from '../store/generations.ts'
import { findAnswering, type ServerAddress } from './announced-server.ts'
import { type Closers, closeAfter } from './closers.ts'
import { entryIn } from './connect/settings-file.ts'
import { settingsFileOf } from './connect.ts'
import { shortened } from './guide.ts'
import { askServer, asOwner } from './remote.ts'
import type { Setup } from './setup.ts'

/** Options as commander parses them. */
export interface RemoveOptions {
  /** Skips the confirmation. */
  readonly yes?: true
}

/** A repository as far as its removal needs it. */
interface Indexed {
  readonly name: string
  readonly source: string
  readonly files: number
}

/** The index, in a running server or in the database. */
interface Index {
  list(): Promise<readonly Indexed[]>
  /** @throws Fault `repository_unknown`, `repository_listed` */
  remove(name: string): Promise<unknown>
  /** Deletes what removed repositories leave behind, if nobody else does. */
  sweep?(): Promise<void>
}

/** Removes repositories from the index, after confirmation. */
export async function remove(setup: Setup, given: readonly string[], { yes }: RemoveOptions): Promise<number> {
  const { config, log, terminal } = setup
  return closeAfter(log, config.shutdownTimeoutMs, async (closers) => {
    const server = await findAnswering(setup)
    const index = server === undefined ? await openIndex(setup, closers) : indexOf(asOwner(server))
    const all = await index.list()
    const meant = new Map<string, Indexed>()
    for (const each of given) {
      const found = await repositoryMeant(each, all, setup)
      meant.set(found.name, found)
    }
    if (yes !== true) await confirm([...meant.values()], setup)
    for (const repository of meant.values()) {
      await index.remove(repository.name)
      terminal.print(`${described(repository)} is removed from the index; its files are untouched`)
      for (const line of await returnsBy(repository, setup)) terminal.print(`  ${line}`)
    }
    await index.sweep?.()
    return 0
  })
}

function indexOf(server: ServerAddress): Index {
  const operation = OPERATIONS.remove_repository
  return {
    async list() {
      const { repositories } = await askServer(server, OPERATIONS.list_repositories)
      return repositories as readonly Indexed[]
    },
    remove: (name) =>
      askServer(server, { ...operation, path: operation.path.replace('{name}', encodeURIComponent(name)) }),
  }
}

async function openIndex({ config, log }: Setup, closers: Closers): Promise<Index> {
  const { openService } = await import('../open.ts')
  const { catalogue, database } = await openService(config, log, closers)
  return {
    list: () => catalogue.list(EVERY_REPOSITORY),
    remove: (name) => catalogue.remove(name, EVERY_REPOSITORY),
    // Other workers of a shared database do that.
    ...(config.database.kind === 'embedded' && { sweep: () => sweepRemoved(database) }),
  }
}

/** Finds the repository by its name, its folder or its URL, or by what else may mean it. */
async function repositoryMeant(given: string, all: readonly Indexed[], { absolute }: Setup): Promise<Indexed> {
  const [path = given] = absolute([given])
  const folder = (await realPath(path)).path
  const exact =
    all.find(({ name }) => name === given) ?? all.find(({ source }) => [given, path, folder].includes(source))
  return exact ?? namedRepository(given, all)
}

async function confirm(repositories: readonly Indexed[], { terminal }: Setup): Promise<void> {
  const what = repositories.map(described).join(', ')
  const isMeant = await terminal.ask?.(`Remove ${what} from the index? The files themselves stay.`)
  if (isMeant === true) return
  if (isMeant === false) throw new Fault('request_invalid', 'Nothing was removed', 'Answer y to remove it')
  const message = `Removing ${what} must be confirmed, and this is not a terminal`
  throw new Fault('request_invalid', message, 'Pass --yes to remove without confirmation')
}

const described = ({ name, source, files }: Indexed) =>
  `${name} (${shortened(source)}, ${files} ${files === 1 ? 'file' : 'files'})`

/** Returns what would add the repository again. */
async function returnsBy({ source }: Indexed, setup: Setup): Promise<string[]> {
  const { config, absolute, command } = setup
  const inSettings = absolute(config.repositories).includes(source)
  const lines = inSettings ? ['REPOSITORIES names it too, so the next start adds it again: take it out there'] : []
  for (const client of CLIENTS) {
    const entry = await entryIn(settingsFileOf(setup, client), client).catch(() => undefined)
    if (!JSON.stringify(entry ?? {}).includes(JSON.stringify(source))) continue
    lines.push(
      `${client.name} adds it again when it starts: ${command('connect', client.id)} connects it without folders`,
    )
  }
  return lines
}
