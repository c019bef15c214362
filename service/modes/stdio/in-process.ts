import { Writable } from 'node:stream'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import { EVERYTHING } from '../../access/grant.ts'
import type { Log } from '../../log.ts'
import { makeMcpServer } from '../../tools/mcp-server.ts'
import type { ToolContext } from '../../tools/tool.ts'
import { withIdsAsSent } from '../../tools/unusual-ids.ts'
import type { Closers } from '../closers.ts'
import { checkFolders } from '../folders.ts'
import type { Setup } from '../setup.ts'
import { StdioEnvelopes } from './envelopes.ts'
import { readableMessages } from './messages.ts'
import { SharedIndex } from './shared-index.ts'

/** Answers on stdio at once. Meanwhile it opens or finds the index, for which calls wait. */
export async function serveInProcess(setup: Setup, paths: readonly string[], closers: Closers): Promise<void> {
  const { log } = setup
  const folders = setup.absolute(paths.length > 0 ? paths : setup.config.repositories)
  await checkFolders(folders)
  const index = new SharedIndex({ config: { ...setup.config, repositories: folders }, log, closers })
  const context = contextOf(index, log)
  const envelopes = new StdioEnvelopes()
  const output = new Writable({
    decodeStrings: false,
    write: (text, _, done) => void process.stdout.write(withIdsAsSent(String(text)), () => done()),
  })
  const messages = readableMessages(process.stdin, output, (message) => envelopes.refusal(message))
  const transport = new StdioServerTransport(messages, output)
  const elsewhere = index.answerElsewhere.bind(index)
  const stdio = serveStdio(() => makeMcpServer(context, { elsewhere }), {
    transport,
    onerror: (error) => log.warn({ error }, 'a message could not be handled'),
  })
  closers.push('stdio', () => stdio.close())
  await new Promise((resolve) => process.stdin.once('close', resolve).once('end', resolve))
}

function contextOf(index: SharedIndex, log: Log): ToolContext {
  const search = async () => (await index.service()).search
  const catalogue = async () => (await index.service()).catalogue
  return {
    log,
    get opening() {
      return index.opening
    },
    grant: EVERYTHING,
    search: {
      search: async (...given) => (await search()).search(...given),
      grep: async (...given) => (await search()).grep(...given),
      read: async (...given) => (await search()).read(...given),
      outline: async (...given) => (await search()).outline(...given),
      symbols: async (...given) => (await search()).symbols(...given),
      files: async (...given) => (await search()).files(...given),
    },
    catalogue: {
      list: async (...given) => (await catalogue()).list(...given),
      leftOut: async (...given) => (await catalogue()).leftOut(...given),
      index: async (...given) => (await catalogue()).index(...given),
      follow: async (...given) => (await catalogue()).follow(...given),
      pushed: async (...given) => (await catalogue()).pushed(...given),
      listAgain: async (...given) => (await catalogue()).listAgain(...given),
      sources: async (...given) => (await catalogue()).sources(...given),
      remove: async (...given) => (await catalogue()).remove(...given),
      job: async (...given) => (await catalogue()).job(...given),
      jobs: async (...given) => (await catalogue()).jobs(...given),
    },
  }
}
