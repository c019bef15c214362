import { cpSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { parseTokens } from '../../service/access/tokens.ts'
import { listen } from '../../service/http/server.ts'
import { startingApp } from '../../service/http/starting.ts'
import { startProvider } from '../fakes/oidc-provider.ts'
import { temporaryFolders } from '../fakes/temporary-folders.ts'
import { unusedPort } from '../fakes/unused-port.ts'
import { startServer } from '../service/http/running-server.ts'
import { runProgram, startProgram } from '../service/modes/run-program.ts'
import { SILENT } from '../service/tools/fake-domain.ts'
import { barriers, CHROMIUM, closeBrowser, openPage, sidewaysScroll } from './browser.ts'
import { HOSTILE, shownDomain } from './shown-domain.ts'

const TOKEN = 'a-token-of-sixteen-signs'

const domain = shownDomain()
const temporaryFolder = temporaryFolders()
let port: number
let stop: () => Promise<void>
beforeAll(async () => {
  const server = await startServer({ context: domain.context })
  port = server.port
  stop = server.stop
})
afterAll(async () => {
  await closeBrowser()
  await stop()
})

describe.skipIf(CHROMIUM === undefined)('in Chromium, the page', () => {
  describe('searches', () => {
    test('while you type, with the query in the address, which can be reloaded and shared', async () => {
      const { page, complaints } = await openPage(port)
      await page.getByLabel('Search for').pressSequentially('retry the cart')
      await page.getByText('20 results').first().waitFor()
      expect(page.url()).toMatch(/\?q=retry\+the\+cart$/)
      await page.reload()
      await page.getByText('20 results').first().waitFor()
      expect(await page.getByLabel('Search for').inputValue()).toBe('retry the cart')
      expect(await page.title()).toBe('retry the cart · Codebase MCP')
      expect(complaints).toEqual([])
    })

    test('within a repository, a language and paths, which results offer too', async () => {
      const { page } = await openPage(port, '?q=cart')
      await page.getByLabel('Path').fill('src, !test')
      await page.getByLabel('Language').fill('ts')
      await page.waitForURL(/language=ts.*path=src/)
      await page.getByText('20 results').first().waitFor()
      expect(domain.asked.search.at(-1)).toMatchObject({ languages: ['typescript'], path: 'src, !test' })
      await page.getByRole('link', { name: /^old \d/ }).click()
      await page.waitForURL(/repository=old/)
      await page.getByText('17 results').first().waitFor()
      expect(domain.asked.search.at(-1)).toMatchObject({ repository: 'old' })
    })

    test('and shows highlighted code with line numbers, the matched words, and why each result was found', async () => {
      const { page } = await openPage(port, '?q=retries+cart')
      const result = page.locator('.result').nth(1)
      await result.locator('.t-keyword', { hasText: 'export' }).waitFor()
      expect(await result.locator('.number').first().getAttribute('data-line')).toBe('11')
      expect(await result.locator('mark').allTextContents()).toContain('Cart')
      expect(await result.locator('.why').textContent()).toBe(
        'Found by words and meaning: has the words cart, retries · defines a name with cart · its path has cart · near in meaning, 2.5 σ above the mean',
      )
    })

    test('and tells what was chosen from what could be chosen', async () => {
      const { page } = await openPage(port, '?q=cart&repository=shop')
      const input = page.getByLabel('Repository')
      await page.getByText('results').first().waitFor()
      expect(await input.inputValue()).toBe('shop')
      const colours = await page.evaluate(
        `['', '::placeholder'].map((part) => getComputedStyle(document.querySelector('[name=repository]'), part).color)`,
      )
      expect(new Set(colours as string[]).size).toBe(2)
    })

    test('for more results than the first page', async () => {
      const { page } = await openPage(port, '?q=cart')
      await page.getByRole('button', { name: 'Show more' }).click()
      await page.getByText('50 results').first().waitFor()
      expect(await page.locator('.result').count()).toBe(50)
      expect(page.url()).toMatch(/n=50/)
    })

    test('for lines by a pattern, page by page, with the matches', async () => {
      const { page } = await openPage(port, '?by=text&q=todo')
      await page.getByText('100 lines and more').first().waitFor()
      expect(domain.asked.grep.at(-1)?.pattern).toBe('(?i)todo')
      expect(await page.locator('mark').first().textContent()).toBe('TODO')
      await page.getByRole('button', { name: 'Show more' }).click()
      await page.locator('.result', { hasText: 'src/11.ts' }).waitFor()
      await page.getByLabel('Match case').check()
      await page.waitForURL(/more=case/)
      await expect.poll(() => domain.asked.grep.at(-1)?.pattern).toBe('todo')
    })

    test('for a name, with its definitions and uses', async () => {
      const { page } = await openPage(port, '?by=symbol&q=add')
      await page.getByText('1 definition').first().waitFor()
      await page.getByLabel('Uses too').check()
      await page.getByRole('heading', { name: 'Used in' }).waitFor()
      expect(page.url()).toMatch(/more=uses/)
    })

    test('and says what to do if nothing is found, or if the question is refused', async () => {
      const { page } = await openPage(port, '?q=nothing')
      await page.getByRole('heading', { name: 'Nothing found' }).waitFor()
      await page.getByLabel('Language').fill('klingon')
      const alert = page.getByRole('alert').getByText(/klingon/)
      await alert.first().waitFor()
      expect(await alert.count()).toBeGreaterThan(0)
    })
  })

  describe('shows a file', () => {
    test('whole, at the matched lines, with its outline and a link to the git server', async () => {
      const { page } = await openPage(port, '?q=cart')
      await page.locator('.result .place').nth(1).click()
      await page.waitForURL(/view=file/)
      await page.locator('#L11.chosen').waitFor()
      expect(await page.locator('.line').count()).toBe(2600)
      expect(await page.locator('#L11').isVisible()).toBe(true)
      const link = page.getByRole('link', { name: 'On github.com' })
      expect(await link.getAttribute('href')).toBe('https://github.com/team/shop/blob/c0ffee0000/src/cart-1.ts#L11-L13')
      await page.getByRole('navigation', { name: 'Outline' }).getByRole('link', { name: /add/ }).click()
      await page.locator('#L3.chosen').waitFor()
      expect(page.url()).toMatch(/lines=3-9/)
      await page.goBack()
      await page.goBack()
      await page.getByText('20 results').first().waitFor()
    })

    test('and puts the clicked lines into its address', async () => {
      const { page } = await openPage(port, '?view=file&repository=shop&path=src/cart.ts')
      await page.locator('#L5 .number').click()
      await page.locator('#L8 .number').click({ modifiers: ['Shift'] })
      await page.waitForURL(/lines=5-8/)
      expect(await page.locator('.chosen').count()).toBe(4)
      expect(await page.getByRole('link', { name: 'On github.com' }).getAttribute('href')).toMatch(/#L5-L8$/)
    })

    test('and its folders', async () => {
      const { page } = await openPage(port, '?view=folder&repository=shop')
      await page.getByRole('link', { name: 'cart.ts' }).click()
      await page.locator('#L1').waitFor()
      await page.getByRole('heading').getByRole('link', { name: 'src' }).click()
      await page.waitForURL(/view=folder.*path=src/)
      const sibling = page.getByRole('link', { name: 'readme.md' })
      await sibling.waitFor()
      expect(await sibling.count()).toBe(1)
    })
  })

  test('shows text from a repository as text, and never runs it', async () => {
    const { page, complaints } = await openPage(port, '?q=cart')
    await page.locator('.result').first().waitFor()
    expect(await page.locator('.result .symbol').first().textContent()).toBe(HOSTILE)
    expect(await page.locator('.result').first().locator('img').count()).toBe(0)
    await page.locator('.result .place').first().click()
    await page.locator('#L1').waitFor()
    expect(await page.locator('main img').count()).toBe(0)
    expect(complaints).toEqual([])
  })

  test('lists repositories with their state, their progress, and what is left out by path', async () => {
    const { page } = await openPage(port, '?view=repositories')
    const shop = page.locator('.card', { hasText: 'team/shop' })
    await shop.getByText(/indexed \d+ minutes ago/).waitFor()
    expect(await shop.getByRole('progressbar').count()).toBe(1)
    await shop.getByText('reading files: 2 of 8 files').waitFor()
    await shop.getByText(/Left out: 4/).click()
    await shop.getByText('dist: ignored').waitFor()
    await shop.getByLabel(/Filter what is left out/).fill('huge')
    await shop.getByText('huge.ts: too_large (9 bytes)').waitFor()
    expect(await shop.getByText('dist: ignored').isVisible()).toBe(false)
    await page.getByText('The folder /code/old is gone. Bring it back').waitFor()
    await page.getByLabel('Filter by name or source').fill('/code/')
    expect(await shop.isVisible()).toBe(false)
  })

  test('shows health, and jobs with their faults', async () => {
    const { page } = await openPage(port, '?view=activity')
    await page.getByRole('heading', { name: 'Database' }).waitFor()
    await page.getByText('1 file that failed').first().click()
    await page.getByText('a/secret.txt: unreadable').first().waitFor()
    expect(await page.getByText('took 2.5 s').isVisible()).toBe(true)
  })

  test('offers settings for agents, with its own address, to copy', async () => {
    const { page } = await openPage(port, '?view=connect', { permissions: ['clipboard-read', 'clipboard-write'] })
    await page.getByLabel('Settings of Claude Code').waitFor()
    await page.locator('.client').first().getByRole('button', { name: 'Copy' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      `claude mcp add --transport http codebase http://127.0.0.1:${port}/mcp`,
    )
  })

  test('can be used with the keyboard alone', async () => {
    const { page } = await openPage(port, '?q=cart')
    await page.locator('.result').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    expect(await page.evaluate('document.activeElement.className')).toBe('place')
    await page.keyboard.press('Enter')
    await page.waitForURL(/view=file/)
    await page.locator('#L11.chosen').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('20 results').first().waitFor()
    await page.keyboard.press('/')
    expect(await page.evaluate('document.activeElement.id')).toBe('query')
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
  })

  test.each(['?q=cart', '?view=repositories', '?view=connect'])(
    'shows where the focus is at each step through %s, and begins with a way past the header',
    async (view) => {
      const { page } = await openPage(port, view)
      await page.locator('.result, .card dl, .client pre').first().waitFor()
      await page.evaluate('document.activeElement.blur()')
      const steps: string[] = []
      for (let at = 0; at < 12; at++) {
        await page.keyboard.press('Tab')
        steps.push(
          await page.evaluate(`(() => {
            const element = document.activeElement
            const ring = [element, element.nextElementSibling].filter(Boolean).map((each) => getComputedStyle(each))
            const isShown = ring.some(({ outlineStyle, outlineWidth }) => outlineStyle !== 'none' && outlineWidth !== '0px')
            return (isShown ? '' : 'no focus ring: ') + (element.getAttribute('aria-label') ?? element.textContent)
          })()`),
        )
      }
      expect(steps.slice(0, 3)).toEqual(['Skip to content', 'Codebase MCP', 'Search'])
      expect(steps.filter((step) => step.startsWith('no focus ring'))).toEqual([])
      await page.getByRole('link', { name: 'Skip to content' }).press('Enter')
      expect(await page.evaluate('document.activeElement.id')).toBe('main')
    },
  )

  test('asks for a token if one is required, and keeps it only in the tab', async () => {
    const guarded = await startServer({ context: domain.context, settings: { tokens: parseTokens(`${TOKEN} *`) } })
    onTestFinished(guarded.stop)
    const { page } = await openPage(guarded.port, '?q=cart')
    const dialog = page.getByRole('dialog', { name: 'Sign in' })
    await dialog.getByLabel('Token').fill('not-the-token-of-it')
    await dialog.getByRole('button', { name: 'Sign in' }).click()
    await dialog.getByText(/unknown/).waitFor()
    await dialog.getByLabel('Token').fill(TOKEN)
    await page.keyboard.press('Enter')
    await page.getByText('20 results').first().waitFor()
    const kept = await page.evaluate(
      '[JSON.stringify(localStorage), document.cookie, location.href, document.body.innerHTML].join()',
    )
    expect(kept).not.toContain(TOKEN)
    await page.reload()
    await page.getByText('20 results').first().waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await dialog.waitFor()
  })

  test('reports that the server does not answer, and continues once it does', async () => {
    const first = await startServer({ context: domain.context })
    const { page } = await openPage(first.port, '?q=cart')
    await page.getByText('20 results').first().waitFor()
    await first.stop()
    await page.getByLabel('Search for').fill('cart again')
    await page.getByText('Server not reachable, trying again').waitFor()
    const again = await startServer({ context: domain.context, port: first.port })
    onTestFinished(again.stop)
    await page.getByText('Server not reachable').waitFor({ state: 'hidden' })
    await page.getByText('20 results').first().waitFor()
    expect(await page.getByLabel('Search for').inputValue()).toBe('cart again')
  })

  test('of a server whose index is empty says so, before and after a question', async () => {
    const folder = temporaryFolder()
    cpSync('test/fixtures/shop', join(folder, 'shop'), { recursive: true })
    const variables = { DATA_FOLDER: join(folder, 'data'), PORT: '0' }
    const program = startProgram(['serve', 'shop'], variables, folder)
    onTestFinished(() => void program.child.kill('SIGKILL'))
    const ready = () => /Listening at http:\/\/127\.0\.0\.1:(\d+)[\s\S]*\nReady: /.exec(program.stdout())?.[1]
    await expect.poll(ready, { timeout: 60_000 }).toBeDefined()
    expect((await runProgram(['remove', 'shop', '--yes'], variables, folder)).code).toBe(0)
    const { page, complaints } = await openPage(Number(ready()))
    await page.getByRole('heading', { name: 'Nothing is indexed yet' }).waitFor()
    expect(await barriers(page)).toEqual([])
    await page.getByLabel('Search for').fill('where are orders cancelled')
    await page.getByText('No repository is indexed yet').first().waitFor()
    await page.getByRole('link', { name: 'Repositories' }).click()
    await page.getByText('Nothing is indexed yet').waitFor()
    expect(complaints).toEqual([])
  })

  test('reports what a starting server does, and continues once it has started', async () => {
    const { promise: ready, resolve } = Promise.withResolvers<RequestListener>()
    const settings = { host: '127.0.0.1', port: 0, allowedHosts: [], allowedOrigins: [], tokens: [] }
    const parts = { settings, doing: 'it is creating its database', clientSettings: () => [], ready, log: SILENT }
    let answer = startingApp(parts)
    const starting = await listen((request, response) => answer(request, response), settings, SILENT)
    onTestFinished(() => starting.close(AbortSignal.abort()))
    const { page } = await openPage(starting.port, '?view=repositories')
    await page.getByText('The server is starting: it is creating its database …').waitFor()
    answer = (request, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ repositories: [], jobs: [] }))
      request.resume()
    }
    resolve(answer)
    await page.getByText('The server is starting').first().waitFor({ state: 'hidden' })
    await page.getByText('Nothing is indexed yet').waitFor()
    expect(await page.getByText('The server is starting').isVisible()).toBe(false)
  })

  test('signs people in at the issuer, by redirect, under the same policy', async () => {
    const at = await unusedPort()
    const address = `http://127.0.0.1:${at}/`
    const provider = await startProvider({ id: 'page', redirectUri: address }, 'https://code.example.com/mcp')
    const oidc = {
      issuer: provider.url,
      audiences: ['https://code.example.com/mcp'],
      repositoriesClaim: 'repositories',
      repositories: [],
      page: { id: 'page', scopes: ['openid', 'codebase:read'] },
    }
    const server = await startServer({ context: domain.context, settings: { oidc }, port: at })
    onTestFinished(async () => {
      await server.stop()
      await provider.stop()
    })
    const { page } = await openPage(at, '?q=cart')
    const violations: string[] = []
    page.on('console', (message) => /Content Security Policy/.test(message.text()) && violations.push(message.text()))
    const host = new URL(provider.url).host
    await page.getByRole('button', { name: `Sign in at ${host}` }).click()
    await page.getByPlaceholder('Enter any login').fill('ada')
    await page.getByPlaceholder('and password').fill('any')
    await page.getByRole('button', { name: 'Sign-in' }).click()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('20 results').first().waitFor()
    expect(page.url()).toBe(`${address}?q=cart`)
    await page.getByRole('button', { name: 'Sign out' }).waitFor()
    expect(violations).toEqual([])
  })

  const VIEWS = [
    '?',
    '?q=cart',
    '?by=text&q=todo',
    '?by=symbol&q=add&more=uses',
    '?q=nothing',
    '?view=file&repository=shop&path=src/short.ts&lines=5',
    '?view=folder&repository=shop',
    '?view=repositories',
    '?view=activity',
    '?view=connect',
  ]
  /** Selectors that appear once a view is shown. */
  const SHOWN =
    '.result .t-keyword, .result .number, .examples, .empty h2, .file .t-keyword, .tree a, .card dl, .job, .client pre'
  const looks = (['light', 'dark'] as const).flatMap((colorScheme) =>
    [1280, 390].flatMap((width) => VIEWS.map((view) => ({ colorScheme, width, view }))),
  )
  test.each(looks)(
    'is accessible and does not scroll sideways at $view, $colorScheme, $width pixels wide',
    async ({ colorScheme, width, view }) => {
      const { page, complaints } = await openPage(port, view, { colorScheme, viewport: { width, height: 844 } })
      await page.locator(SHOWN).first().waitFor()
      expect([...(await barriers(page)), ...complaints]).toEqual([])
      expect(await sidewaysScroll(page)).toBe(0)
    },
  )
})
