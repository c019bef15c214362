import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { outputOf } from '../../../infra/processes.ts'
import { runGit } from '../../fakes/git-http-backend.ts'

export interface GitServer {
  /** Port on every address of this machine. */
  readonly port: number
  /** File of the certificate to trust. */
  readonly certificate: string
  commit(file: string, text: string): void
  close(): Promise<void>
}

/** Serves a repository `code.git` through git's own HTTP program and TLS, with a certificate for `host`. */
export async function serveRepository(folder: string, host: string): Promise<GitServer> {
  const work = join(folder, 'work')
  const bare = join(folder, 'code.git')
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.invalid']
  const git = (...args: string[]) => execFileSync('git', ['-C', work, ...identity, ...args], { stdio: 'pipe' })
  mkdirSync(work)
  git('init', '--initial-branch=main')
  execFileSync('git', ['init', '--bare', '--initial-branch=main', bare], { stdio: 'pipe' })
  const { key, certificate } = await selfSigned(folder, host)
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) =>
    runGit(folder, request, response),
  )
  server.listen(0)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    certificate,
    commit(file, text) {
      writeFileSync(join(work, file), text)
      git('add', '--all')
      git('commit', '--message', file)
      git('push', bare, 'main')
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Creates the files of a key and of a self-signed certificate for the hosts. */
export async function selfSigned(folder: string, ...hosts: readonly string[]) {
  const key = join(folder, 'key.pem')
  const certificate = join(folder, 'certificate.pem')
  const names = hosts.map((host) => `DNS:${host}`).join(',')
  const subject = ['-subj', `/CN=${hosts[0]}`, '-addext', `subjectAltName=${names}`]
  const made = ['-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate]
  const { exitCode, errors } = await outputOf('openssl', ['req', '-x509', ...subject, ...made])
  if (exitCode !== 0) throw new Error(`openssl created no certificate: ${errors}`)
  return { key, certificate }
}
