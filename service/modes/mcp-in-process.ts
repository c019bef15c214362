import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import { EVERYTHING } from '../access/grant.ts'
import type { Log } from '../log.ts'
import { openService, type Service } from '../open.ts'
import { makeMcpServer } from '../tools/mcp-server.ts'
import type { ToolContext } from '../tools/tool.ts'
import type { Closers } from './closers.ts'
import { checkFolders } from './folders.ts'
import { queueFolders } from './index-folders.ts'
import type { Setup } from './setup.ts'

/** Answers on stdio at once; the database is opened meanwhile, and a call waits for it. */
export async function serveInProcess(setup: Setup, paths: readonly string[], closers: Closers): Promise<void> {
  const { log } = setup
  const folders = setup.absolute(paths.length > 0 ? paths : setup.config.repositories)
  await checkFolders(folders)
  const config = { ...setup.config, repositories: folders }
  const opening = openService(config, log, closers)
  opening
    .then(async (service) => {
      service.startWorker(() => {})
      await queueFolders(service.catalogue, folders, log)
    })
    .catch((error) => log.error({ error }, 'the index cannot be opened'))
  const context = contextOf(opening, log)
  const transport = new StdioServerTransport()
  const stdio = serveStdio(() => makeMcpServer(context), {
    transport,
    onerror: (error) => log.warn({ error }, 'a message could not be handled'),
  })
  closers.push('stdio', () => stdio.close())
  await new Promise((resolve) => process.stdin.once('close', resolve).once('end', resolve))
}

function contextOf(opening: Promise<Service>, log: Log): ToolContext {
  const search = async () => (await opening).search
  const catalogue = async () => (await opening).catalogue
  return {
    log,
    opening,
    grant: EVERYTHING,
    search: {
      search: async (...given) => (await search()).search(...given),
      grep: async (...given) => (await search()).grep(...given),
      read: async (...given) => (await search()).read(...given),
    },
    catalogue: {
      list: async (...given) => (await catalogue()).list(...given),
      leftOut: async (...given) => (await catalogue()).leftOut(...given),
      index: async (...given) => (await catalogue()).index(...given),
      pushed: async (...given) => (await catalogue()).pushed(...given),
      remove: async (...given) => (await catalogue()).remove(...given),
      job: async (...given) => (await catalogue()).job(...given),
      jobs: async (...given) => (await catalogue()).jobs(...given),
    },
  }
}
