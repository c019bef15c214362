import { expect, test } from 'vitest'
import { z } from 'zod'
import { TOOLS } from '../../service/tools/catalogue.ts'
import { textOf } from './markdown.ts'

/** Returns the cells of a tool's row in the first table of a page. */
const cellsOf = (page: string, tool: string) =>
  textOf(page)
    .split('\n')
    .find((line) => line.startsWith(`| \`${tool}\` |`))
    ?.split('|')
    .map((cell) => cell.trim()) ?? []

const codeIn = (cell = '') => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)

test.each(TOOLS.map(({ name, input }) => ({ name, input })))(
  'docs/tools.md lists each argument of $name',
  ({ name, input }) => {
    const { properties = {} } = z.toJSONSchema(input, { io: 'input' })
    const [, , , listed] = cellsOf('docs/tools.md', name)
    expect(codeIn(listed)).toEqual(expect.arrayContaining(Object.keys(properties)))
  },
)

test('the README describes every tool', () => {
  expect(TOOLS.filter(({ name }) => cellsOf('README.md', name).length === 0).map(({ name }) => name)).toEqual([])
})

test('the README takes its figures of quality from the benchmarks', () => {
  const measured = textOf('docs/benchmarks.md')
  const figures = textOf('README.md').match(/(?<=[ (])\.\d{3}\b/g) ?? []
  expect(figures.length).toBeGreaterThan(3)
  expect(figures.filter((figure) => !measured.includes(figure))).toEqual([])
})
