import { createHash } from 'node:crypto'
import { runInNewContext } from 'node:vm'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseTokens } from '../../../service/access/tokens.ts'
import { readFiles } from '../../../service/http/page.ts'
import { ask, startServer } from './running-server.ts'

let server: Awaited<ReturnType<typeof startServer>>
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const INLINE = /<script>(.*?)<\/script>/s

describe('the web page', () => {
  test('runs only its own scripts and styles, and sends requests only to its own server', async () => {
    const { status, headers, text } = await ask(server.port, '/')
    expect(status).toBe(200)
    const hash = createHash('sha256')
      .update(INLINE.exec(text)?.[1] ?? '')
      .digest('base64')
    expect(headers['content-security-policy']).toBe(
      `default-src 'none'; script-src 'self' 'sha256-${hash}'; style-src 'self'; img-src 'self'; connect-src 'self'; ` +
        `require-trusted-types-for 'script'; trusted-types 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    )
    expect(text).not.toMatch(/(src|href)="(https?:)?\/\//)
    expect(text).not.toMatch(/style=|onclick=/)
  })

  test('includes everything that it requests, and no other file', async () => {
    const { text } = await ask(server.port, '/')
    const asked = [...text.matchAll(/(?:href|src)="(page\/[^"]+)"/g)].map(([, path = '']) => path)
    for (const [name, { body }] of readFiles()) {
      const imports = name.endsWith('.js')
        ? body.toString().matchAll(/(?:from |import |import\()'\.\/([^']+\.\w+)'/g)
        : []
      for (const [, imported] of imports) asked.push(`page/${imported}`)
    }
    expect(asked).toContain('page/highlighter.js')
    for (const path of new Set(asked)) {
      expect({ path, status: (await ask(server.port, `/${path}`)).status }).toEqual({ path, status: 200 })
    }
    for (const path of ['/page/tsconfig.json', '/page/..%2Fpage.ts', '/page/none.js']) {
      expect({ path, status: (await ask(server.port, path)).status }).toEqual({ path, status: 404 })
    }
  })

  test('is only sent again if it has changed, and compressed if the browser accepts that', async () => {
    const first = await ask(server.port, '/page/style.css')
    const etag = String(first.headers.etag)
    const again = await ask(server.port, '/page/style.css', { headers: { 'if-none-match': etag } })
    expect([again.status, again.text]).toEqual([304, ''])
    const packed = await fetch(`http://127.0.0.1:${server.port}/page/style.css`)
    expect(packed.headers.get('content-encoding')).toBe('gzip')
    expect(await packed.text()).toBe(first.text)
  })

  test('transfers no more than 42 kB, and at most 4 kB for each language that it shows', () => {
    const files = [...readFiles()]
    for (const [, { body, zipped }] of files) expect(gunzipSync(zipped).equals(body)).toBe(true)
    const sizes = (isOfALanguage: boolean) =>
      files.flatMap(([name, { zipped }]) => (name.startsWith('grammar-') === isOfALanguage ? [zipped.length] : []))
    expect(sizes(false).reduce((sum, each) => sum + each)).toBeLessThan(42_000)
    expect(Math.max(...sizes(true))).toBeLessThan(4_000)
  })

  test('is also served under a path, with or without a trailing slash', async () => {
    const { text } = await ask(server.port, '/')
    const asked = [...text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path = '']) => path)
    expect(asked.filter((path) => /^[/.]|:/.test(path))).toEqual([])
    const addressAfter = (href: string) => {
      const location = Object.assign(new URL(href), {
        replace: (to: string) => (location.href = new URL(to, href).href),
      })
      runInNewContext(INLINE.exec(text)?.[1] ?? '', { location })
      return location.href
    }
    expect(addressAfter('https://code.example.com/')).toBe('https://code.example.com/')
    expect(addressAfter('https://code.example.com/team/codebase?q=1')).toBe(
      'https://code.example.com/team/codebase/?q=1',
    )
    expect(addressAfter('https://code.example.com/codebase/')).toBe('https://code.example.com/codebase/')
  })

  test('shows before signing in how to connect, and whether a token is required', async () => {
    const setup = async (port: number) => JSON.parse((await ask(port, '/page/setup.json')).text)
    const open = await setup(server.port)
    expect(open).toMatchObject({ needs_token: false, version: expect.stringMatching(/^\d+\.\d+\.\d+/) })
    expect(open.clients[0].settings).toBe('claude mcp add --transport http codebase {origin}/mcp')
    const oidc = { issuer: 'https://login.example', audiences: ['code'], repositoriesClaim: 'r', repositories: [] }
    const guarded = await startServer({ settings: { tokens: parseTokens('a-token-of-sixteen-signs shop'), oidc } })
    expect(await setup(guarded.port)).toMatchObject({ needs_token: true, issuer: 'https://login.example' })
    await guarded.stop()
  })
})
