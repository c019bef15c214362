import { spawnSync } from 'node:child_process'
import { GitServer } from '../../fakes/git-server.ts'
import { REPOSITORY } from '../docker/stack.ts'

export interface Repository {
  readonly url: string
  /** Adds a file, or replaces one. */
  commit(path: string, text: string): void
  close(): Promise<void>
}

/** A repository `shop` on a git server of this machine, where pods reach it. */
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

/** By the address of its node, where nothing says otherwise: the cluster runs on this machine. */
export function thisMachine(): string {
  const path = 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}'
  const { stdout } = spawnSync('kubectl', ['get', 'nodes', '--output', path], { encoding: 'utf8' })
  return process.env.TEST_HOST_ADDRESS ?? stdout.trim()
}
