import { findAnswering, type ServerAddress } from './announced-server.ts'
import { serverBackend } from './backend.ts'
import { closeAfter } from './closers.ts'
import type { SourceOptions } from './folders.ts'
import { checkFolders } from './folders.ts'
import { shortened } from './guide.ts'
import { indexSources, indexThrough } from './index-sources.ts'
import { asOwner } from './remote.ts'
import type { Setup } from './setup.ts'
import { confirmStrange } from './strange-folders.ts'

/** Adds folders and URLs to the running server, or to the index that the next one opens. */
export async function add(setup: Setup, given: readonly string[], { yes }: SourceOptions): Promise<number> {
  const sources = setup.absolute(given)
  await checkFolders(sources)
  if (yes !== true) await confirmStrange(sources, setup.terminal)
  const server = await findAnswering(setup)
  if (server !== undefined) return addTo(server, setup, sources)
  const code = await indexSources(setup, given, {})
  setup.terminal.print('No server runs: the next one serves it and keeps it up to date')
  return code
}

/** Adds sources to a server and waits until they are searchable. Returns 1 if one fails. */
export async function addTo(server: ServerAddress, setup: Setup, sources: readonly string[]): Promise<number> {
  return closeAfter(setup.log, setup.config.shutdownTimeoutMs, async () => {
    const code = await indexThrough(serverBackend(asOwner(server)), sources, setup)
    if (code === 0) setup.terminal.print(placeOf(server, sources))
    return code
  })
}

function placeOf({ url, pid, mode }: ServerAddress, sources: readonly string[]): string {
  const what = sources.map(shortened).join(', ')
  if (mode !== 'mcp')
    return `${what}: served at ${url}, which was running${pid === undefined ? '' : ` (process ${pid})`}`
  const remedy = 'To have an address for a browser, close that session and start the server again'
  return `${what}: served by the session of an editor that has the index open (process ${pid}). ${remedy}`
}
