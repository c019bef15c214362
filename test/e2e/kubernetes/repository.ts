import { spawnSync } from 'node:child_process'
import { GitServer } from '../../fakes/git-server.ts'
import { REPOSITORY } from '../docker/stack.ts'

export interface Repository {
  readonly url: string
  /** Adds or replaces a file. */
  commit(path: string, text: string): void
  close(): Promise<void>
}

/** Serves a repository `shop` from a git server on this machine that pods can reach. */
export async function serveShop(): Promise<Repository> {
  const server = await new GitServer().start('0.0.0.0')
  const files: Record<string, string> = { ...REPOSITORY }
  server.create('shop', files)
  return {
    url: server.url('shop').replace('127.0.0.1', thisMachine()),
    commit(path, text) {
      files[path] = text
      server.commit('shop', files)
    },
    close: () => server.stop(),
  }
}

/** Returns TEST_HOST_ADDRESS or, because the cluster usually runs on this machine, the address of its node. */
export function thisMachine(): string {
  const path = 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}'
  const { stdout } = spawnSync('kubectl', ['get', 'nodes', '--output', path], { encoding: 'utf8' })
  return process.env.TEST_HOST_ADDRESS ?? stdout.trim()
}
