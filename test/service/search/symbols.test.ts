import { afterAll, beforeAll, expect, test } from 'vitest'
import { EVERYTHING } from '../../../service/access/grant.ts'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import { makeCatalogue } from '../../../service/indexing/catalogue.ts'
import type { SearchEngine, SymbolRequest } from '../../../service/search/contract.ts'
import { makeSearch } from '../../../service/search/search.ts'
import { findSymbol } from '../../../service/tools/find-symbol.ts'
import { listFiles } from '../../../service/tools/list-files.ts'
import { readFile } from '../../../service/tools/read-file.ts'
import type { Tool } from '../../../service/tools/tool.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'
import { describeOnEachEngine, SILENT } from '../store/each-engine.ts'
import { indexFolder } from './indexed-folder.ts'

const STORE = `"""Where things are kept."""
import json


class Store:
    """Keeps things."""

    def save(self, key, value):
        self.things[key] = json.dumps(value)

    def load(
        self,
        key,
    ):
        return json.loads(self.things[key])


class Draft(Store):
    def save(self, key, value):
        super().save(key, value)


def reconcile_accounts(left, right):
    return Store().save(left, right)
`
const FILES = {
  'app/store.py': STORE,
  'app/use.py':
    'from app.store import Store, reconcile_accounts\n\nSAVED = reconcile_accounts(1, 2)\nStore().save(3, 4)\n',
  'app/tests/test_store.py': 'from app.store import Store\n\n\ndef save():\n    Store().save(1, 2)\n',
  'web/src/cart.ts': 'export class Cart {\n  addItem(item: string): void {\n    this.items.push(item)\n  }\n}\n',
  'docs/guide.md': '# Guide\n\n## Store\n\nHow to save things.\n',
  'schema.sql': 'create table account (\n  id int\n);\n',
}

const makeFolder = temporaryFolders()

describeOnEachEngine('A definition', (database) => {
  let search: SearchEngine
  beforeAll(async () => {
    await indexFolder(database(), 'shop', makeFolder(), FILES)
    search = makeSearch({ database: database(), log: SILENT })
  })
  afterAll(() => search.close())

  const find = (name: string, more: Partial<SymbolRequest> = {}) =>
    search.symbols({ scope: EVERY_REPOSITORY, name, offset: 0, limit: 20, ...more })
  const found = async (name: string) =>
    (await find(name)).definitions.map(
      ({ path, startLine, endLine, kind, symbol }) => `${path}:${startLine}-${endLine} ${kind} ${symbol}`,
    )
  const call = (tool: Tool, input: object) => {
    const catalogue = makeCatalogue({ database: database(), roots: [], onChange: () => {} })
    return tool.call(input, { search, catalogue, log: SILENT, grant: EVERYTHING })
  }

  test.each([
    ['reconcile_accounts', ['app/store.py:23-24 function reconcile_accounts']],
    ['Store', ['app/store.py:5-15 class Store', 'docs/guide.md:3-5 section Store']],
    ['Store.save', ['app/store.py:8-9 method Store.save']],
    ['Draft::save', ['app/store.py:19-20 method Draft.save']],
    ['Cart#addItem()', ['web/src/cart.ts:2-5 method Cart.addItem']],
    ['app.store.Store.load', ['app/store.py:11-15 method Store.load']],
    ['account', ['schema.sql:1-3 struct account']],
    ['def reconcile_accounts', ['app/store.py:23-24 function reconcile_accounts']],
    ['await this.cart.addItem()', ['web/src/cart.ts:2-5 method Cart.addItem']],
    ['web.Cart.addItem.nothing', ['web/src/cart.ts:2-5 method Cart.addItem']],
    ['com.shop.web.Cart#addItem', ['web/src/cart.ts:2-5 method Cart.addItem']],
  ])('is found by its name: %s', async (name, expected) => {
    expect(await found(name)).toEqual(expected)
  })

  test('is found in product code before tests', async () => {
    expect((await find('save')).definitions.map(({ symbol }) => symbol)).toEqual(['Store.save', 'Draft.save', 'save'])
  })

  test('has its signature in one line', async () => {
    const [load] = (await find('Store.load')).definitions
    expect(load?.signature).toBe('def load(self, key):')
  })

  test('is found in other capitals and conventions if nothing has exactly this name', async () => {
    expect(await found('additem')).toEqual(['web/src/cart.ts:2-5 method Cart.addItem'])
    expect(await found('ReconcileAccounts')).toEqual(['app/store.py:23-24 function reconcile_accounts'])
  })

  test('whose name only begins like this is reported as near', async () => {
    for (const name of ['reconcile', 'reconcile_acounts']) {
      expect(await find(name)).toMatchObject({ near: true, definitions: [{ symbol: 'reconcile_accounts' }] })
    }
    expect(await find('zzz')).toEqual({ definitions: [], total: 0, near: false })
  })

  test('whose name contains this one is near, too', async () => {
    for (const name of ['accounts', 'Accounts', '*accounts']) {
      expect(await find(name)).toMatchObject({ near: true, definitions: [{ symbol: 'reconcile_accounts' }] })
    }
    expect((await find('item')).definitions.map(({ symbol }) => symbol)).toEqual(['Cart.addItem'])
  })

  test('can be filtered and is returned page by page', async () => {
    expect((await find('save', { path: 'app/tests/**' })).definitions).toHaveLength(1)
    expect(await find('save', { limit: 1, offset: 2 })).toMatchObject({ total: 3, definitions: [{ symbol: 'save' }] })
    const { text } = await call(findSymbol, { name: 'save', limit: 1 })
    expect(text).toContain('continue with offset 1')
    const past = await call(findSymbol, { name: 'save', offset: 3 })
    expect(past.text).toBe('Note: offset 3 is past the end: there are 3 definitions.')
  })

  test('is not found if a path matches no file, which is reported', async () => {
    const { text } = await call(findSymbol, { name: 'save', path: 'ap/tests' })
    expect(text).toContain('No indexed file is at the path "ap/tests". Similar paths: app/tests/')
  })

  test('is returned with its uses, by file, without the lines that define it', async () => {
    const { structured, text } = await call(findSymbol, { name: 'reconcile_accounts', references: true })
    expect(structured.uses).toEqual([
      {
        repository: 'shop',
        path: 'app/use.py',
        lines: [
          { line: 1, text: 'from app.store import Store, reconcile_accounts' },
          { line: 3, text: 'SAVED = reconcile_accounts(1, 2)' },
        ],
      },
    ])
    expect(text).toBe(
      [
        'shop: app/store.py:23-24 function reconcile_accounts',
        '  def reconcile_accounts(left, right):',
        'Used in:',
        'shop: app/use.py',
        '  1: from app.store import Store, reconcile_accounts',
        '  3: SAVED = reconcile_accounts(1, 2)',
      ].join('\n'),
    )
  })

  test('named by a plain word is used where it is called or imported, not where it is only mentioned', async () => {
    const { structured } = await call(findSymbol, { name: 'Store.save', references: true })
    const lines = (structured.uses as { path: string; lines: { line: number }[] }[]).map(({ path, lines: of }) => {
      return `${path} ${of.map(({ line }) => line).join(' ')}`
    })
    expect(lines).toEqual(['app/store.py 19 20 24', 'app/tests/test_store.py 4 5', 'app/use.py 4'])
  })

  test('is part of the outline of its file', async () => {
    const { text } = await call(readFile, { path: 'app/store.py', outline: true })
    expect(text.split('\n')).toEqual([
      'shop: app/store.py, lines 1-24 of 24',
      '5-15\tclass Store:',
      '8-9\t  def save(self, key, value):',
      '11-15\t  def load(self, key):',
      '18-20\tclass Draft(Store):',
      '19-20\t  def save(self, key, value):',
      '23-24\tdef reconcile_accounts(left, right):',
    ])
  })

  test('is in files that are listed as a tree, expanded as far as it fits', async () => {
    const { text } = await call(listFiles, {})
    expect(text.split('\n')).toEqual([
      'shop: ./',
      '  schema.sql  sql, 35 B',
      'shop: app/ (3 files)',
      '  store.py  python, 414 B',
      '  use.py  python, 101 B',
      'shop: app/tests/ (1 file)',
      '  test_store.py  python, 65 B',
      'shop: docs/ (1 file)',
      '  guide.md  markdown, 39 B',
      'shop: web/src/ (1 file)',
      '  cart.ts  typescript, 84 B',
      '6 files in total.',
    ])
    const narrow = await call(listFiles, { limit: 4 })
    expect(narrow.text.split('\n')).toEqual([
      'shop: ./',
      '  schema.sql  sql, 35 B',
      'shop: app/ (3 files)',
      'shop: docs/ (1 file)',
      'shop: web/src/ (1 file)',
      '6 files in total.',
    ])
    const page = await call(listFiles, { limit: 2, offset: 2 })
    expect(page.text).toContain('shop: docs/ (1 file)\nshop: web/src/ (1 file)\n6 files in total.')
    expect((await call(listFiles, { limit: 2 })).text).toContain('continue with offset 2')
    expect((await call(listFiles, { path: '**/*.ts' })).text).toContain('cart.ts')
  })
})
