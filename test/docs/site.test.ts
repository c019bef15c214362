import { expect, test } from 'vitest'
import { markdownFiles, textOf } from './markdown.ts'

test('the site links to every page of the docs', () => {
  const pages = markdownFiles().filter((path) => path.startsWith('docs/') && path !== 'docs/index.md')
  const listed = textOf('docs/.vitepress/config.mts')
  const missing = pages.filter((path) => !listed.includes(`'${path.slice('docs/'.length, -'.md'.length)}'`))
  expect(missing).toEqual([])
})
