import { constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { outputOf } from '../../../infra/processes.ts'
import packageJson from '../../../package.json' with { type: 'json' }
import { type GitServer, serveRepository } from './git-server.ts'
import { buildImage, copyContext } from './image-build.ts'

const TAG = 'codebase-mcp:image-test'
const GIT_HOST = 'git.test'
const VOLUME = 'codebase-mcp-image-test'
const { exitCode: engineMissing } = await outputOf('docker', ['info'])

const docker = async (...args: string[]) => {
  const { exitCode, output, errors } = await outputOf('docker', args)
  if (exitCode !== 0) throw new Error(`docker ${args.join(' ')} ended with ${exitCode}: ${output}${errors}`)
  return output.trim()
}

// The options that the stack runs it with.
const HARDENED = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges']

describe.skipIf(engineMissing !== 0)('the image', () => {
  const folder = mkdtempSync(join(tmpdir(), 'codebase-image-'))

  beforeAll(async () => {
    // A killed run may have left the volume.
    await outputOf('docker', ['volume', 'rm', '--force', VOLUME])
    await copyContext(join(folder, 'context'))
    await buildImage({ context: join(folder, 'context'), tag: TAG })
  })

  afterAll(async () => {
    await outputOf('docker', ['rmi', '--force', TAG])
    rmSync(folder, { recursive: true })
  })

  test('contains no program but Node, git and ssh: no shell, no package manager', async () => {
    const programs = (await entriesOf(TAG)).filter(isProgram).map(({ path }) => path)
    expect(programs.sort()).toEqual([
      '/usr/bin/git',
      '/usr/bin/ssh',
      '/usr/lib/git-core/git-remote-http',
      '/usr/local/bin/node',
    ])
  })

  test('contains nothing that its user can write to but /tmp, and no setuid program', async () => {
    const entries = await entriesOf(TAG)
    expect(entries.filter(({ mode }) => (mode & SET_ID) !== 0)).toEqual([])
    const writable = entries.filter((entry) => !isKind(entry, S_IFLNK) && (entry.mode & S_IWOTH) !== 0)
    expect(writable.map(({ path }) => path)).toEqual(['/tmp'])
    expect(await inspect('{{.Config.User}}')).toBe('1000:1000')
  })

  test('has labels that describe it', async () => {
    expect(JSON.parse(await inspect('{{json .Config.Labels}}'))).toMatchObject({
      'org.opencontainers.image.title': 'Codebase MCP',
      'org.opencontainers.image.version': packageJson.version,
      'org.opencontainers.image.base.name': 'node:24-trixie-slim',
      'io.modelcontextprotocol.server.name': 'codebase-mcp',
    })
  })

  test('lists its packages in the file that its label names', async () => {
    const path = await inspect('{{index .Config.Labels "codebase-mcp.sbom"}}')
    const print = `process.stdout.write(fs.readFileSync(${JSON.stringify(path)}))`
    const bill = JSON.parse(await docker('run', '--rm', '--entrypoint', 'node', TAG, '-e', print))
    const kinds = bill.components.map(({ purl }: { purl: string }) => /^pkg:\w+\/[^@]+/.exec(purl)?.[0])
    expect(kinds).toEqual(expect.arrayContaining(['pkg:generic/node', 'pkg:npm/zod', 'pkg:deb/debian/git']))
    expect(kinds).toEqual(expect.arrayContaining(['pkg:deb/debian/libc6', 'pkg:deb/debian/ca-certificates']))
  })

  test('is identical when it is built again', async () => {
    const context = join(folder, 'again')
    await copyContext(context)
    const id = await inspect('{{.Id}}')
    expect(await buildImage({ context, tag: TAG })).toBe(id)
  })

  describe('with a repository on a git server', () => {
    let server: GitServer
    const gitTrusting = (certificates: string, ...args: string[]) => {
      const host = ['--add-host', `${GIT_HOST}:host-gateway`, '--env', `GIT_SSL_CAINFO=${certificates}`]
      const mounts = ['--volume', `${VOLUME}:/code`, '--volume', `${server.certificate}:/certificate.pem:ro`]
      return docker('run', '--rm', ...HARDENED, ...host, ...mounts, '--entrypoint', 'git', TAG, ...args)
    }
    const git = (...args: string[]) => gitTrusting('/certificate.pem', ...args)
    const url = () => `https://${GIT_HOST}:${server.port}/code.git`

    beforeAll(async () => {
      server = await serveRepository(folder, GIT_HOST)
      server.commit('first.txt', 'one')
      // An empty volume gets the owner of the folder in the image, but the image has no such folder.
      await docker('run', '--rm', '--user', '0', '--volume', `${VOLUME}:/code`, '--entrypoint', 'node', TAG, '-e', OWN)
    })

    afterAll(async () => {
      await server.close()
      await outputOf('docker', ['volume', 'rm', '--force', VOLUME])
    })

    test('clones it over HTTPS and fetches later commits, with a read-only root and no shell', async () => {
      await git('clone', '--depth', '1', url(), '/code/clone')
      server.commit('second.txt', 'two')
      await git('-C', '/code/clone', 'fetch', '--depth', '1', 'origin', 'main')
      await git('-C', '/code/clone', 'reset', '--hard', 'FETCH_HEAD')
      expect(await git('-C', '/code/clone', 'ls-files')).toBe('first.txt\nsecond.txt')
    })

    test('refuses a server with an unknown certificate', async () => {
      const listing = gitTrusting('/etc/ssl/certs/ca-certificates.crt', 'ls-remote', url())
      await expect(listing).rejects.toThrow(/verification failed/)
    })
  })
})

const OWN = 'fs.chownSync("/code", 1000, 1000)'

const inspect = (format: string) => docker('image', 'inspect', '--format', format, TAG)

interface Entry {
  readonly path: string
  readonly mode: number
}

// Runs inside the image. Skips what the engine adds to every container.
const LIST = `
  const ofEngine = ['/dev', '/proc', '/sys', '/.dockerenv', '/etc/hostname', '/etc/hosts', '/etc/resolv.conf', '/etc/mtab']
  const found = []
  const walk = (folder) => {
    for (const name of fs.readdirSync(folder)) {
      const path = folder + name
      if (ofEngine.includes(path)) continue
      const stats = fs.lstatSync(path)
      found.push({ path, mode: stats.mode })
      if (stats.isDirectory()) walk(path + '/')
    }
  }
  walk('/')
  console.log(JSON.stringify(found))`

async function entriesOf(image: string): Promise<Entry[]> {
  return JSON.parse(await docker('run', '--rm', '--user', '0', '--entrypoint', 'node', image, '-e', LIST))
}

const { S_IFMT, S_IFREG, S_IFLNK, S_IXUSR, S_IWOTH } = constants
const SET_ID = 0o6000
const isKind = ({ mode }: Entry, kind: number) => (mode & S_IFMT) === kind
const isProgram = (entry: Entry) => isKind(entry, S_IFREG) && (entry.mode & S_IXUSR) !== 0 && !isLibrary(entry)
const isLibrary = ({ path }: Entry) => /^\/lib.*\.so(\.\d+)*$/.test(path)
