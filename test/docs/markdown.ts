import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const FENCE = /^(`{3,})[^\n]*\n([\s\S]*?)^\1`*$/gm

/** Returns the paths of all Markdown files of the repository except test fixtures. */
export function markdownFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { cwd: ROOT, encoding: 'utf8' })
  return listed.split('\n').filter((path) => path !== '' && !path.startsWith('test/'))
}

export const textOf = (path: string) => readFileSync(`${ROOT}${path}`, 'utf8')

/** Returns the contents of code blocks. */
export const blocksIn = (text: string) => [...text.matchAll(FENCE)].map(([, , code = '']) => code)

const proseOf = (text: string) =>
  text.replace(FENCE, '').replace(/(`+)[^`]*\1/g, (code) => code.replace(/[[\]()#]/g, ''))

/** Returns the targets of links and images, except those on other servers. */
export function linksIn(text: string): string[] {
  const targets = [...proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets.filter((target) => !/^[a-z]+:/i.test(target))
}

/** Returns the anchors of the headings, as GitHub generates them. */
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
