import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { summariesOf, tableOf } from '../../../service/modes/eval/report.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'
import { runProgram } from './run-program.ts'

const folder = temporaryFolders()

const SOURCES = {
  'src/cart.ts': `/** Empties the cart after the customer has paid. */
export function clearBasket(basket: Basket): void {
  basket.items.length = 0
}
`,
  'src/tax.py': `def added_tax(price, rate):
    """Returns the price with the value added tax of a country."""
    return price * (1 + rate)
`,
  'src/stock.go': `package stock

// Reserve keeps goods on the shelf until the order is shipped.
func Reserve(order string) bool {
	return len(order) > 0
}
`,
  'README.md': '# A shop\n',
}

function repository(files: Readonly<Record<string, string>> = SOURCES): string {
  const root = folder()
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

function commit(root: string, message: string): void {
  const who = ['-c', 'user.name=A', '-c', 'user.email=a@example.com', '-c', 'commit.gpgsign=false']
  execFileSync('git', ['-C', root, 'init', '-q'])
  execFileSync('git', ['-C', root, 'add', '-A'])
  execFileSync('git', ['-C', root, ...who, 'commit', '-qm', message])
}

const copies = () => readdirSync(tmpdir()).filter((name) => name.startsWith('codebase-eval-'))

describe('eval', () => {
  test('asks doc comments about the code without them, and commit messages, and leaves nothing behind', async () => {
    const root = repository()
    commit(root, 'feat(shop): let customers reserve goods and pay with tax (#12)')
    const before = copies()
    const { code, stdout, stderr } = await runProgram(['eval', root, '--json'])
    expect([code, stderr]).toEqual([0, ''])
    const { groups, questions } = JSON.parse(stdout)
    const asked = questions.map(({ query, relevant }: { query: string; relevant: string[] }) => [query, relevant])
    expect(asked).toEqual([
      ['let customers reserve goods and pay with tax', ['src/cart.ts', 'src/stock.go', 'src/tax.py']],
      ['Empties the cart after the customer has paid', ['src/cart.ts']],
      ['keeps goods on the shelf until the order is shipped', ['src/stock.go']],
      ['Returns the price with the value added tax of a country', ['src/tax.py']],
    ])
    expect(groups.map(({ group, questions: count }: { group: string; questions: number }) => [group, count])).toEqual([
      ['commit messages', 1],
      ['doc comments', 3],
      ['all', 4],
    ])
    const [, docs] = groups
    expect(docs.place).toBeGreaterThan(0.5)
    expect(docs.tokens).toBeGreaterThan(0)
    expect(copies()).toEqual(before)
  })

  test('asks the questions of a file, and prints a row for each kind', async () => {
    const root = repository()
    const file = join(folder(), 'questions.json')
    const questions = [
      { query: 'added tax', relevant: ['src/tax.py'], category: 'prices' },
      { query: 'reserve', relevant: ['src/stock.go'], secondary: ['src/cart.ts'] },
    ]
    writeFileSync(file, JSON.stringify(questions))
    const { code, stdout } = await runProgram(['eval', root, '--questions', file])
    expect(code).toBe(0)
    expect(stdout).toMatch(/questions +nDCG@10 +recall +first .*grep: recall/)
    expect(stdout).toMatch(/\nprices +1 +1\.000 +1\.000 +1\.000/)
    expect(stdout).toMatch(/\nquestions +1 +/)
    expect(stdout).toMatch(/\nall +2 +/)
  })

  test.each([
    [
      'questions.json',
      '[{"query": "x", "relevant": ["src/tax.go"]}]',
      /"src\/tax.go", which answers "x", is not an indexed file/,
    ],
    ['questions.json', '[{"query": "x"}]', /does not hold questions at 0.relevant/],
    ['questions.json', '[]', /does not hold questions/],
    ['questions.json', 'query: x', /cannot be read/],
    ['absent.json', '', /cannot be read: ENOENT/],
  ])('refuses %s with %j, and shows the format of a file of questions', async (name, text, fault) => {
    const root = repository()
    const questions = folder()
    if (text !== '') writeFileSync(join(questions, name), text)
    const { code, stdout, stderr } = await runProgram(['eval', root, '--questions', join(questions, name)])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(fault)
  })

  test('refuses a folder without questions, and an invalid count', async () => {
    const root = repository({ 'a.txt': 'nothing to ask\n' })
    expect((await runProgram(['eval', root])).stderr).toMatch(
      /neither commit messages nor doc comments.*\n.*--questions/,
    )
    expect((await runProgram(['eval', root, '--count', 'many'])).stderr).toMatch(/"many" is not a number of questions/)
    expect((await runProgram(['eval', join(root, 'nowhere')])).stderr).toMatch(/does not exist/)
  })
})

test('means are computed over a group, and ranks only over questions with a line', () => {
  const score = { ndcg: 1, recall: 1, first: 1, latencyMs: 2, tokens: 10, grepRecall: 0.5, grepTokens: 30 }
  const summaries = summariesOf([
    { group: 'a', score: { ...score, place: 1 } },
    { group: 'a', score: { ...score, ndcg: 0, latencyMs: 4 } },
    { group: 'b', score },
  ])
  expect(summaries.map(({ group, questions, ndcg, place }) => [group, questions, ndcg, place])).toEqual([
    ['a', 2, 0.5, 1],
    ['b', 1, 1, undefined],
    ['all', 3, 2 / 3, 1],
  ])
  expect(
    new Set(
      tableOf(summaries)
        .split('\n')
        .map((row) => row.length),
    ).size,
  ).toBe(1)
})
