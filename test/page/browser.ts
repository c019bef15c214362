import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { onTestFinished } from 'vitest'

/** Where distributions install Chromium. `CHROMIUM` names another browser. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
export const CHROMIUM = [process.env.CHROMIUM ?? '', ...PLACES].find((path) => existsSync(path))

let browser: Promise<Browser> | undefined

export interface Opened {
  readonly page: Page
  /** Errors of the browser, and requests to other servers than the page's. */
  readonly complaints: string[]
}

/** Opens a page for one test. */
export async function openPage(port: number, query = '', options: BrowserContextOptions = {}): Promise<Opened> {
  browser ??= chromium.launch({
    executablePath: CHROMIUM ?? '',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic'],
  })
  const context = await (await browser).newContext({ viewport: { width: 1280, height: 860 }, ...options })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('request', (request) => {
    if (!request.url().startsWith(`http://127.0.0.1:${port}/`)) complaints.push(request.url())
  })
  await page.goto(`http://127.0.0.1:${port}/${query}`)
  return { page, complaints }
}

export async function closeBrowser(): Promise<void> {
  await (await browser)?.close()
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Returns the accessibility violations of the page as shown: each rule with its first element. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
    }
    return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
  })
}

/** Returns how far the page can be scrolled sideways, in pixels. */
export const sidewaysScroll = (page: Page) =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
