import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { KIB } from '../../../../service/units.ts'
import { GitServer, git } from '../../../fakes/git-server.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { LIVE, opened, remotesWith } from './opened-tree.ts'

const server = new GitServer()
beforeAll(async () => {
  await server.start()
  server.create('shop', { 'src/cart.ts': 'let cart', 'README.md': '# Shop' })
})
afterEach(() => {
  server.login = undefined
  server.instead = undefined
  server.requested.length = 0
})
afterAll(() => server.stop())

const fetches = () => server.requested.filter((path) => path.endsWith('/git-upload-pack')).length

describe('a repository by URL', () => {
  test('has the files of the newest commit of its default branch', async () => {
    const commit = server.commit('shop', { 'src/cart.ts': 'let cart', 'README.md': '# Shop', 'new.ts': 'new' })
    expect(await opened(remotesWith(), server.url('shop'))).toMatchObject({
      commit,
      files: { 'src/cart.ts': 'let cart', 'README.md': '# Shop', 'new.ts': 'new' },
    })
  })

  test('is fetched through a proxy, unless its host is exempt', async () => {
    const proxied: string[] = []
    const proxy = createServer((request, response) => {
      proxied.push(request.url ?? '')
      response.writeHead(502).end()
    })
    await once(proxy.listen(0, '127.0.0.1'), 'listening')
    const httpProxy = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const far = 'http://git.example.invalid/shop.git'
    await expect(opened(remotesWith({ httpProxy, noProxy: '127.0.0.1' }), far)).rejects.toThrow('502')
    expect(proxied[0]).toMatch(/^http:\/\/git\.example\.invalid\/shop\.git\/info\/refs/)
    expect(await opened(remotesWith({ httpProxy, noProxy: '127.0.0.1' }), server.url('shop'))).toBeDefined()
    expect(proxied.filter((url) => url.includes('127.0.0.1'))).toEqual([])
    proxy.close()
  })

  test('has the files of a branch, a tag or an annotated tag if one is named', async () => {
    server.create('branches', { a: 'main' })
    const side = server.commit('branches', { a: 'side' }, 'team/side')
    git(server.bare('branches'), ['tag', 'light', side])
    git(server.bare('branches'), ['tag', '--annotate', '--message', 'm', 'v1.0', side])
    for (const branch of ['team/side', 'light', 'v1.0']) {
      expect(await opened(remotesWith(), `${server.url('branches')}#${branch}`)).toMatchObject({
        commit: side,
        files: { a: 'side' },
      })
    }
  })

  test('is not fetched if the commit is known', async () => {
    const commit = server.commit('shop', { a: 'x' })
    expect(await opened(remotesWith(), server.url('shop'), commit)).toBeUndefined()
    expect(await opened(remotesWith(), server.url('shop'), 'f'.repeat(40))).toMatchObject({ commit })
  })

  test('keeps its clone, and fetches only new objects', async () => {
    const large = Array.from({ length: 40 }, (_, at) => [`${at}.bin`, randomBytes(4 * KIB)] as const)
    server.create('growing', { a: 'one', ...Object.fromEntries(large) })
    const folder = join(temporaryFolder(), 'clones')
    const remotes = () => remotesWith({ clones: { folder, maxBytes: 1e9 } })
    const before = await opened(remotes(), server.url('growing'))
    server.commit('growing', { a: 'one', b: 'two', ...Object.fromEntries(large) })
    const after = await opened(remotes(), server.url('growing'))
    expect(after?.files).toMatchObject({ a: 'one', b: 'two' })
    expect(after?.stamps.a).toBe(before?.stamps.a)
    const [clone = ''] = readdirSync(folder)
    expect(readdirSync(join(folder, clone, 'objects', 'pack')).filter((name) => name.endsWith('.pack'))).toHaveLength(2)
    const objects = git(join(folder, clone), ['count-objects', '-v'])
    expect(Number(/size-pack: (\d+)/.exec(objects)?.[1])).toBeLessThan(200)
  })

  test('has the same stamps in every clone', async () => {
    const both = [await opened(remotesWith(), server.url('shop')), await opened(remotesWith(), server.url('shop'))]
    expect(both[0]?.stamps).toEqual(both[1]?.stamps)
  })

  test('is fetched again if its clone is broken or a fetch was killed in it', async () => {
    const folder = join(temporaryFolder(), 'clones')
    const remotes = () => remotesWith({ clones: { folder, maxBytes: 1e9 } })
    await opened(remotes(), server.url('shop'))
    const [name = ''] = readdirSync(folder)
    const clone = join(folder, name)
    for (const harm of [
      () => writeFileSync(join(clone, 'shallow.lock'), ''),
      () => writeFileSync(join(clone, 'config'), '[broken'),
      () => rmSync(join(clone, 'objects', 'pack'), { recursive: true }),
    ]) {
      const commit = server.commit('shop', { a: randomBytes(4).toString('hex') })
      harm()
      expect(await opened(remotes(), server.url('shop'))).toMatchObject({ commit })
    }
  })

  test('is opened with the token for its URL prefix, which neither a command line nor the clone contains', async () => {
    server.login = 'x-access-token:s3cret-token'
    const folder = join(temporaryFolder(), 'clones')
    const programs = temporaryFolder({
      git: `#!/bin/sh\necho "$@" >>"${'$'}(dirname "$0")/log"\nPATH=${'$'}{PATH#*:} exec git "$@"\n`,
    })
    chmodSync(join(programs, 'git'), 0o755)
    const remotes = remotesWith({
      path: `${programs}:${process.env.PATH}`,
      clones: { folder, maxBytes: 1e9 },
      credentials: [
        { prefix: server.origin, username: 'wrong', token: 'wrong' },
        { prefix: `${server.origin}/shop.git`, username: 'x-access-token', token: 's3cret-token' },
      ],
    })
    expect(await opened(remotes, server.url('shop'))).toMatchObject({ commit: expect.any(String) })
    const commands = readFileSync(join(programs, 'log'), 'utf8')
    expect(commands).toContain('ls-remote')
    const kept = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const texts = kept.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'))
    expect(texts.length).toBeGreaterThan(3)
    expect([commands, ...texts].filter((text) => /s3cret|czNjcmV0/.test(text))).toEqual([])
  })
})

const faultOf = async (source: string, settings: Parameters<typeof remotesWith>[0] = {}) =>
  opened(remotesWith(settings), source).then(
    () => undefined,
    (error: { code: string; message: string; remedy: string }) => error,
  )

describe('a refused URL', () => {
  test.each([
    ['a repository that is not there', () => server.url('none'), 'remote_not_found'],
    ['a branch that is not there', () => `${server.url('shop')}#none`, 'branch_not_found'],
    ['a port on which nothing listens', () => 'http://127.0.0.1:9/x.git', 'remote_unreachable'],
    ['a host that has no address', () => 'https://nowhere.invalid/x.git', 'remote_unreachable'],
    ['a server without TLS', () => server.url('shop').replace('http:', 'https:'), 'remote_unreachable'],
    ['SSH without a key', () => 'ssh://git@127.0.0.1/x.git', 'remote_access_denied'],
  ])('is reported: %s', async (_, url, code) => {
    const source = url()
    const fault = await faultOf(source)
    expect(fault).toMatchObject({ code, message: expect.stringContaining(source.split('#')[0] ?? '') })
    expect(fault?.remedy).not.toBe('')
  })

  test.each([
    ['asks for a login', 401, 'remote_access_denied'],
    ['forbids it', 403, 'remote_access_denied'],
    ['fails', 500, 'remote_unreachable'],
    ['is overloaded', 503, 'remote_unreachable'],
  ])('is reported: a server that %s', async (_, status, code) => {
    server.instead = (_request, response) => response.writeHead(status).end('<html>hello</html>')
    expect(await faultOf(server.url('shop'))).toMatchObject({ code })
  })

  test('is reported: a page instead of a repository', async () => {
    server.instead = (_, response) => response.end('<html>\n<body>Log in first</body>\n</html>\n')
    expect(await faultOf(server.url('shop'))).toMatchObject({ code: 'remote_not_found' })
  })

  test('is not redirected', async () => {
    const other = await new GitServer().start()
    server.instead = (request, response) => response.writeHead(302, { location: other.origin + request.url }).end()
    expect(await faultOf(server.url('shop'))).toMatchObject({
      code: 'remote_not_found',
      message: expect.stringContaining('has moved'),
    })
    expect(other.requested).toEqual([])
    await other.stop()
  })

  test('is reported: a repository without commits', async () => {
    git(server.folder, ['init', '--quiet', '--bare', server.bare('empty')])
    expect(await faultOf(server.url('empty'))).toMatchObject({
      code: 'branch_not_found',
      message: expect.stringContaining('no commits'),
    })
  })

  test('is reported: a server that does not answer in time, and no process remains', async () => {
    const asked = Promise.withResolvers<void>()
    server.instead = () => asked.resolve()
    expect(await faultOf(server.url('shop'), { timeoutMs: 300 })).toMatchObject({ code: 'remote_timeout' })
    await asked.promise
  })

  test('is reported: a repository that is too large, of which nothing is kept', async () => {
    server.create('large', { 'a.bin': randomBytes(900 * KIB) })
    const folder = join(temporaryFolder(), 'clones')
    const fault = await faultOf(server.url('large'), { maxBytes: 500 * KIB, clones: { folder, maxBytes: 1e9 } })
    expect(fault).toMatchObject({ code: 'repository_too_large', remedy: expect.stringContaining('GIT_MAX_BYTES') })
    expect(readdirSync(join(folder, readdirSync(folder)[0] ?? ''))).toEqual([])
  })

  test('is reported: no git, and a folder for clones that cannot be created', async () => {
    expect(await faultOf(server.url('shop'), { path: '/nonexistent' })).toMatchObject({
      code: 'clone_failed',
      remedy: 'Install git',
    })
    const folder = '/dev/null/clones'
    expect(await faultOf(server.url('shop'), { clones: { folder, maxBytes: 1 } })).toMatchObject({
      code: 'clone_failed',
      remedy: expect.stringContaining('CLONES_FOLDER'),
    })
  })

  test('is reported without the refused token', async () => {
    server.login = 'other:other'
    const credentials = [{ prefix: server.origin, username: 'me', token: 's3cret-token' }]
    const fault = await faultOf(server.url('shop'), { credentials })
    expect(fault).toMatchObject({ code: 'remote_access_denied' })
    const all = JSON.stringify({
      ...fault,
      message: fault?.message,
      cause: String((fault as Error | undefined)?.cause),
    })
    expect(all).not.toMatch(/s3cret|czNjcmV0/)
  })
})

test('waiting for a server stops when told to', async () => {
  const asked = Promise.withResolvers<void>()
  server.instead = () => asked.resolve()
  const stop = new AbortController()
  const waiting = remotesWith().tip({ address: server.url('shop') }, stop.signal)
  await asked.promise
  stop.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  expect(LIVE.aborted).toBe(false)
  expect(fetches()).toBe(0)
})
