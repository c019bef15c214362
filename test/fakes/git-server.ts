import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runGit } from './git-http-backend.ts'

const IDENTITY = ['-c', 'user.name=test', '-c', 'user.email=test@example.invalid', '-c', 'init.defaultBranch=main']

/** Runs git in a folder and returns its output. */
export function git(folder: string, args: readonly string[], input?: string): string {
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' }
  return execFileSync('git', [...IDENTITY, ...args], { cwd: folder, env, input, stdio: 'pipe' })
    .toString()
    .trim()
}

/** Serves a folder of bare repositories through git's own HTTP program. */
export class GitServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'git-server-'))
  /** `user:password` that every request must carry. Undefined if none is required. */
  login: string | undefined
  /** Answers requests instead of git. */
  instead: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
  /** Paths and queries of the requests so far. */
  readonly requested: string[] = []
  readonly #server = createServer((request, response) => this.#answer(request, response))

  /** @param address of this machine to listen on */
  async start(address = '127.0.0.1'): Promise<this> {
    this.#server.listen(0, address)
    await once(this.#server, 'listening')
    return this
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  url(name: string): string {
    return `${this.origin}/${name}.git`
  }

  bare(name: string): string {
    return join(this.folder, `${name}.git`)
  }

  /** Creates a repository with these files on the branch `main`. */
  create(name: string, files: Readonly<Record<string, string | Buffer>>): void {
    mkdirSync(this.bare(name), { recursive: true })
    git(this.bare(name), ['init', '--quiet', '--bare'])
    this.commit(name, files)
  }

  /** Commits these files in place of all files of a branch. Returns the id of the commit. */
  commit(name: string, files: Readonly<Record<string, string | Buffer>>, branch = 'main'): string {
    const work = mkdtempSync(join(this.folder, 'work-'))
    try {
      git(work, ['init', '--quiet'])
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(work, path)), { recursive: true })
        writeFileSync(join(work, path), text)
      }
      git(work, ['add', '--all', '--force'])
      git(work, ['commit', '--quiet', '--allow-empty', '--message', 'all'])
      git(work, ['push', '--quiet', '--force', this.bare(name), `HEAD:refs/heads/${branch}`])
      return git(work, ['rev-parse', 'HEAD'])
    } finally {
      rmSync(work, { recursive: true })
    }
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
    rmSync(this.folder, { recursive: true })
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.requested.push(request.url ?? '')
    const given = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    const isLetIn = this.login === undefined || Buffer.from(given, 'base64').toString() === this.login
    if (this.instead !== undefined) this.instead(request, response)
    else if (isLetIn) runGit(this.folder, request, response)
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
  }
}
