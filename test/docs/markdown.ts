import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const FENCE = /^(`{3,})[^\n]*\n([\s\S]*?)^\1`*$/gm

/** All Markdown of the repository but what tests are made of, by path. */
export function markdownFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { cwd: ROOT, encoding: 'utf8' })
  return listed.split('\n').filter((path) => path !== '' && !path.startsWith('test/'))
}

export const textOf = (path: string) => readFileSync(`${ROOT}${path}`, 'utf8')

/** What stands in blocks of code. */
export const blocksIn = (text: string) => [...text.matchAll(FENCE)].map(([, , code = '']) => code)

const proseOf = (text: string) =>
  text.replace(FENCE, '').replace(/(`+)[^`]*\1/g, (code) => code.replace(/[[\]()#]/g, ''))

/** Where links and pictures lead that are not on other servers. */
export function linksIn(text: string): string[] {
  const targets = [...proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets.filter((target) => !/^[a-z]+:/i.test(target))
}

/** The anchors that headings have, as GitHub makes them. */
export function anchorsIn(text: string): Set<string> {
  const headings = [...text.replace(FENCE, '').matchAll(/^#{1,6} +(.+?)\s*$/gm)].map(([, heading = '']) => heading)
  const seen = new Map<string, number>()
  return new Set(
    headings.map((heading) => {
      const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
      const slug = plain.replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-')
      const times = seen.get(slug) ?? 0
      seen.set(slug, times + 1)
      return times === 0 ? slug : `${slug}-${times}`
    }),
  )
}
