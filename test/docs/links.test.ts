import { existsSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import { anchorsIn, linksIn, markdownFiles, ROOT, textOf } from './markdown.ts'

function brokenIn(path: string): string[] {
  return linksIn(textOf(path)).filter((target) => {
    const [file = '', anchor] = target.split('#')
    const to = file === '' ? path : normalize(join(dirname(path), decodeURIComponent(file)))
    if (!existsSync(ROOT + to)) return true
    return (
      anchor !== undefined && statSync(ROOT + to).isFile() && !anchorsIn(textOf(to)).has(decodeURIComponent(anchor))
    )
  })
}

describe('Markdown', () => {
  test.each(markdownFiles())('of %s links to existing files and headings', (path) => {
    expect(brokenIn(path)).toEqual([])
  })

  test('can be reached from the README, every page of it', () => {
    const reached = new Set<string>()
    const follow = (path: string) => {
      if (reached.has(path)) return
      reached.add(path)
      for (const target of linksIn(textOf(path))) {
        const to = normalize(join(dirname(path), target.split('#')[0] ?? ''))
        if (to.endsWith('.md') && existsSync(ROOT + to)) follow(to)
      }
    }
    follow('README.md')
    expect(markdownFiles().filter((path) => path.startsWith('docs/') && !reached.has(path))).toEqual([])
  })

  test('has the anchors that GitHub generates', () => {
    const text = '# `grep_code` beside ripgrep\n## Size & cost\n## Size & cost\n```\n# no heading\n```\n## [A](b.md) z'
    expect([...anchorsIn(text)]).toEqual(['grep_code-beside-ripgrep', 'size--cost', 'size--cost-1', 'a-z'])
    expect(linksIn('[a](b.md#c) `[x](y.md)` ![p](i.png) [e](https://e.example)\n```\n[q](r.md)\n```')).toEqual([
      'b.md#c',
      'i.png',
    ])
  })
})
