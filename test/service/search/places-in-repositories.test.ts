import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EVERY_REPOSITORY, RepositoryScope } from '../../../service/access/repository-scope.ts'
import { makeSearch } from '../../../service/search/search.ts'
import type { Database } from '../../../service/store/database.ts'
import { addFiles, emptyDatabase, silent } from './indexed.ts'

const SOURCES: Readonly<Record<string, string>> = {
  shop: '/folders/shop',
  cart: '/home/ana/cart',
  'acme/wiki': 'https://git.example.com/acme/wiki.git',
}

let database: Database
beforeAll(async () => {
  database = await emptyDatabase()
  const text = 'export const total = sum(rows)'
  await addFiles(database, 'shop', [
    { path: 'src/cart/total.ts', text },
    { path: 'src/user.ts', text },
    { path: 'docs/total.md', text },
  ])
  await addFiles(database, 'cart', [
    { path: 'lib/total.ts', text },
    { path: 'docs/total.md', text },
  ])
  await addFiles(database, 'acme/wiki', [
    { path: 'src/pages/total.ts', text },
    { path: 'src/user.ts', text },
  ])
  for (const [name, source] of Object.entries(SOURCES)) {
    await database.query('update repository set source = $2 where name = $1', [name, source])
  }
})
afterAll(() => database.close())

const engine = () => makeSearch({ database, log: silent })
const narrowing = { scope: EVERY_REPOSITORY, limit: 10, offset: 0 }

async function listed(repository: string, path?: string) {
  const { entries, note } = await engine().files({ ...narrowing, repository, ...(path && { path }) })
  const files = entries.flatMap((entry) => ('bytes' in entry ? [`${entry.repository}: ${entry.path}`] : []))
  return note === undefined ? files : [note]
}

describe('a repository that is a place inside one narrows to that place', () => {
  test.each([
    ['an absolute folder', '/home/ana/cart/lib', ['cart: lib/total.ts']],
    ['an absolute file', '/home/ana/cart/lib/total.ts', ['cart: lib/total.ts']],
    ['a URL of a folder', 'file:///home/ana/cart/lib/', ['cart: lib/total.ts']],
    ['a folder behind the name', 'shop/src/cart', ['shop: src/cart/total.ts']],
    ['the name in other case', 'Shop/src/cart/', ['shop: src/cart/total.ts']],
    ['a folder behind a name of two parts', 'acme/wiki/src/pages', ['acme/wiki: src/pages/total.ts']],
    ['a folder of the home', '~/code/shop/src/cart', ['shop: src/cart/total.ts']],
    ['a folder outside a container', '/Users/ben/shop/src/cart', ['shop: src/cart/total.ts']],
    ['a folder on Windows', 'C:\\code\\shop\\src\\cart', ['shop: src/cart/total.ts']],
    ['a folder from the root', './src/cart', ['shop: src/cart/total.ts']],
    ['a folder of one word', 'lib', ['cart: lib/total.ts']],
  ])('%s', async (_, repository, files) => {
    expect(await listed(repository)).toEqual(files)
  })

  test('in every tool that takes one', async () => {
    const search = engine()
    const repository = 'shop/src/cart'
    const found = await search.search({ ...narrowing, repository, query: 'total', detail: 'paths' })
    expect(found.results.map(({ path }) => path)).toEqual(['src/cart/total.ts'])
    const grep = { ...narrowing, repository, pattern: 'sum', ignoreCase: false, context: 0 }
    expect((await search.grep(grep)).matches.map(({ path }) => path)).toEqual(['src/cart/total.ts'])
    expect(await search.read({ scope: EVERY_REPOSITORY, repository, path: 'total.ts' })).toMatchObject({
      path: 'src/cart/total.ts',
    })
    expect(await search.outline({ scope: EVERY_REPOSITORY, repository, path: 'src/user.ts' })).toMatchObject({
      path: 'src/user.ts',
    })
    await search.close()
  })

  test('together with a path', async () => {
    expect(await listed('shop/src', 'user.ts')).toEqual(['shop: src/user.ts'])
  })

  test('and if nothing is there, the answer names similar places', async () => {
    expect(await listed('shop/src/carts')).toEqual([
      'No indexed file is at the path "src/carts". Similar paths: src/cart/, src/user.ts',
    ])
  })
})

test('a folder that several repositories have is answered with what to give', async () => {
  await expect(listed('docs')).rejects.toMatchObject({
    code: 'request_invalid',
    message: '"docs" may mean places in several repositories',
    remedy: 'Give one of these as repository and path: cart with path docs, shop with path docs',
  })
})

test('a folder outside the scope is as unknown as any other', async () => {
  const scope = new RepositoryScope(['cart'])
  await expect(engine().files({ ...narrowing, scope, repository: 'shop/src' })).rejects.toMatchObject({
    code: 'repository_unknown',
    remedy: 'Use one of these names: cart',
  })
})
