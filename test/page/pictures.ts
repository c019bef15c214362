import { chromium } from 'playwright-core'

/**
 * Takes the pictures of the docs from a server that has indexed this repository: `node test/page/pictures.ts URL
 * [FOLDER]`.
 */
const VIEWS = {
  search: '?q=where+are+leases+renewed&repository=service',
  file: '?view=file&repository=service&path=indexing/lease.ts&lines=9-13',
}

const [server = 'http://127.0.0.1:8000', folder = 'docs/images'] = process.argv.slice(2)
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu'] })
for (const colorScheme of ['light', 'dark'] as const) {
  const page = await browser.newPage({ colorScheme, viewport: { width: 1000, height: 640 } })
  for (const [name, query] of Object.entries(VIEWS)) {
    await page.goto(`${server}/${query}`)
    await page.locator('.t-keyword').first().waitFor()
    await page.screenshot({ path: `${folder}/${name}-${colorScheme}.png` })
  }
}
await browser.close()
