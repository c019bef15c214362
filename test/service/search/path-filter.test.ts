import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import { filesNearlyNamed } from '../../../service/search/files-named.ts'
import { nearPaths } from '../../../service/search/near-paths.ts'
import { whyNothingIsLeft } from '../../../service/search/nothing-left.ts'
import { filesAt } from '../../../service/search/path-filter.ts'
import { makeSearch } from '../../../service/search/search.ts'
import type { Database, Sql } from '../../../service/store/database.ts'
import { liveRepositories, type RepositoryRow } from '../../../service/store/repositories.ts'
import { addFiles, emptyDatabase, silent } from './indexed.ts'

const COMPOSED = 'größe/maß.py'
const DECOMPOSED = 'größe/maß.py'.normalize('NFD')
const PATHS = [
  'src/auth/login.ts',
  'src/auth/login.test.ts',
  'src/legacy/login.js',
  'src/a,b.ts',
  'app/[id]/page.tsx',
  'app/i/page.tsx',
  'app/(shop)/@cart/+page.tsx',
  'app/{slug}/page.tsx',
  'app/[[...rest]]/page.tsx',
  'packages/one/src/x.ts',
  'test/login.ts',
  DECOMPOSED,
  'both/é.py',
  'both/é.py'.normalize('NFD'),
]

let database: Database
let engine: ReturnType<typeof makeSearch>
beforeAll(async () => {
  database = await emptyDatabase()
  const files = PATHS.map((path) => ({
    path,
    text: `login ${path}`,
    language: path.endsWith('.py') ? 'python' : 'typescript',
  }))
  await addFiles(database, 'shop', files)
  await database.query(`update repository set source = '/repos/shop' where name = 'shop'`, [])
  engine = makeSearch({ database, log: silent })
})
afterAll(async () => {
  await engine.close()
  await database.close()
})

const ask = { scope: EVERY_REPOSITORY, pattern: 'login', ignoreCase: false, context: 0, limit: 100 }
const found = async (path: string) => (await engine.grep({ ...ask, path })).matches.map((match) => match.path).sort()
const inFolder = (folder: string) => PATHS.filter((path) => path.startsWith(folder)).sort()

describe('a path', () => {
  test('narrows down another one', async () => {
    const { matches } = await engine.grep({ ...ask, path: 'src', within: ['**login**', '!**test**'] })
    expect(matches.map(({ path }) => path)).toEqual(['src/auth/login.ts', 'src/legacy/login.js'])
    const none = await engine.search({ ...ask, query: 'login', detail: 'paths', path: 'src', within: ['app'] })
    expect(none).toMatchObject({ results: [], note: expect.stringContaining('"src and app"') })
  })

  test('after a minus is excluded, and ~ means everything', async () => {
    expect(await found('-src')).toEqual(PATHS.filter((path) => !path.startsWith('src/')).sort())
    expect(await found('src,-**/*.test.ts')).not.toContain('src/auth/login.test.ts')
    expect(await found('~')).toEqual([...PATHS].sort())
  })

  test.each(['src', 'src/', './src', '/src', 'src/**', '.\\src', 'shop/src', '/repos/shop/src', '/repos/shop/src/'])(
    '%s means the folder src',
    async (path) => {
      expect(await found(path)).toEqual(inFolder('src/'))
    },
  )

  test.each([
    ['C:\\Users\\me\\shop\\src\\auth', 'src/auth/'],
    ['C:/Users/me/shop/src/auth/**', 'src/auth/'],
    ['\\\\wsl$\\Ubuntu\\repos\\shop\\src\\auth', 'src/auth/'],
    ['\\\\wsl.localhost\\Ubuntu\\repos\\shop\\src\\auth\\*.ts', 'src/auth/'],
    ['file:///repos/shop/src/auth', 'src/auth/'],
    ['~/code/shop/src/auth', 'src/auth/'],
    ['$HOME/code/shop/src/auth', 'src/auth/'],
    ['src\\auth\\**', 'src/auth/'],
    ['auth', 'src/auth/'],
    ['packages/*/src', 'packages/one/src/'],
    ['.', ''],
    ['/repos/shop', ''],
  ])('%s means the content of %s', async (path, folder) => {
    expect(await found(path)).toEqual(inFolder(folder))
  })

  test.each([
    ['app/[id]/page.tsx', ['app/[id]/page.tsx']],
    ['app/[id]', ['app/[id]/page.tsx']],
    ['app/[id]/**', ['app/[id]/page.tsx']],
    ['app/[id]/*.{ts,tsx}', ['app/[id]/page.tsx']],
    ['app\\[id]\\page.tsx', ['app/[id]/page.tsx']],
    ['app/\\[id\\]/page.tsx', ['app/[id]/page.tsx']],
    ['app/[ij]/page.tsx', ['app/i/page.tsx']],
    ['app/(shop)/**', ['app/(shop)/@cart/+page.tsx']],
    ['**/@cart/+page.tsx', ['app/(shop)/@cart/+page.tsx']],
    ['app/{slug}/*.tsx', ['app/{slug}/page.tsx']],
    ['app/[[...rest]]/page.tsx', ['app/[[...rest]]/page.tsx']],
    ['src/a,b.ts', ['src/a,b.ts']],
    ['auth/login.ts', ['src/auth/login.ts']],
    ['login.ts', ['src/auth/login.ts', 'test/login.ts']],
    ['src/auth/login.ts:12-20', ['src/auth/login.ts']],
    ['*.js,*.test.ts', ['src/auth/login.test.ts', 'src/legacy/login.js']],
    ['["*.js", "*.test.ts"]', ['src/auth/login.test.ts', 'src/legacy/login.js']],
    ['{src,test}/**/login.{js,ts}', ['src/auth/login.ts', 'src/legacy/login.js', 'test/login.ts']],
    ['src/auth, !**/*.test.ts', ['src/auth/login.ts']],
    ['src/auth/!(*.test).ts', ['src/auth/login.ts']],
    ['src/!(legacy|other)/login.{js,ts}', ['src/auth/login.ts']],
    ['src/auth/login.ts;src/legacy', ['src/auth/login.ts', 'src/legacy/login.js']],
    ['src/auth/login.ts\nsrc/legacy/login.js', ['src/auth/login.ts', 'src/legacy/login.js']],
    ['src/auth/login.ts src/legacy', ['src/auth/login.ts', 'src/legacy/login.js']],
    ["['src/auth/login.ts', 'test']", ['src/auth/login.ts', 'test/login.ts']],
    ['"src/legacy"', ['src/legacy/login.js']],
    ['SRC/Legacy', ['src/legacy/login.js']],
    ['GRÖSSE', []],
    ['GRÖßE', [DECOMPOSED]],
    ['*.JS', ['src/legacy/login.js']],
    ['.js', ['src/legacy/login.js']],
    ['src/./legacy//login.js', ['src/legacy/login.js']],
    ['src/auth/../legacy', ['src/legacy/login.js']],
    ['a/src/legacy/login.js', ['src/legacy/login.js']],
    ['https://git.example.org/me/shop/blob/feature/cart/src/legacy/login.js#L2', ['src/legacy/login.js']],
    ['app/%5Bid%5D/page.tsx', ['app/[id]/page.tsx']],
    ['app/\\(shop\\)', ['app/(shop)/@cart/+page.tsx']],
    ['src/(legacy|none)/*.@(js|jsx)', ['src/legacy/login.js']],
    ['src/legacy/*.js?(x)', ['src/legacy/login.js']],
    ['^src/legacy/.*\\.jsx?$', ['src/legacy/login.js']],
  ])('%s means %j', async (path, expected) => {
    expect(await found(path)).toEqual(expected)
  })

  test('that only excludes includes everything else', async () => {
    const left = await found('!test/**, !app')
    expect(left).toEqual(PATHS.filter((path) => !/^(?:test|app)\//.test(path)).sort())
  })

  test('is found whether its accents are composed or not, and distinguished if both exist', async () => {
    for (const path of [COMPOSED, DECOMPOSED, 'größe', 'größe/**']) expect(await found(path)).toEqual([DECOMPOSED])
    for (const path of ['both/é.py', 'both/é.py'.normalize('NFD')]) expect(await found(path)).toEqual([path])
    for (const path of [COMPOSED, 'both/é.py', 'both/é.py'.normalize('NFD')]) {
      const read = await engine.read({ scope: EVERY_REPOSITORY, repository: 'shop', path })
      expect(read.path).toBe(path === COMPOSED ? DECOMPOSED : path)
    }
  })

  test('that matches nothing is reported with similar ones', async () => {
    const { matches, note } = await engine.grep({ ...ask, path: 'scr/auth/**' })
    expect(matches).toEqual([])
    expect(note).toMatch(/"scr\/auth\/\*\*".*src\/auth\//)
    const { note: ofSearch } = await engine.search({
      ...ask,
      query: 'login',
      detail: 'paths',
      path: 'src/auht/login.ts',
    })
    expect(ofSearch).toContain('src/auth/login.ts')
    const { note: ofLanguage } = await engine.grep({ ...ask, path: 'src', languages: ['rust'] })
    expect(ofLanguage).toBe('No indexed file at the path "src" is in rust. There are: typescript')
  })

  test('with more than fifty parts is refused', async () => {
    await expect(found(Array.from({ length: 51 }, (_, at) => `a${at}`).join())).rejects.toMatchObject({
      code: 'request_invalid',
      message: 'path holds 51 paths',
    })
  })
})

test.each([
  './src/auth/login.ts',
  'src\\auth\\login.ts',
  '/repos/shop/src/auth/login.ts',
  '/home/me/shop/src/auth/login.ts',
  'shop/src/auth/login.ts',
  'src/auth/login.ts:3',
  'file:///repos/shop/src/auth/login.ts',
  '`src/auth/login.ts`',
  '@src/auth/login.ts',
  'SRC/Auth/Login.ts',
  'auth/login.ts',
  'src/auth/login.ts#L3-L9',
  'https://git.example.org/me/shop/-/blob/main/src/auth/login.ts?plain=1#L3',
  'shop: src/auth/login.ts:3-9 signIn',
  'shop:src/auth/login.ts',
  '[login](src/auth/login.ts)',
  '<src/auth/login.ts>',
  'vscode://file/repos/shop/src/auth/login.ts:3:1',
  'vscode-remote://ssh-remote+host/home/me/shop/src/auth/login.ts',
])('%s is accepted', async (path) => {
  const { path: read } = await engine.read({ scope: EVERY_REPOSITORY, repository: 'shop', path })
  expect(read).toBe('src/auth/login.ts')
})

describe('a path in a large repository', () => {
  const SEGMENTS = 3
  const FILES_A_SEGMENT = 6000
  let large: Database

  beforeAll(async () => {
    large = await emptyDatabase()
    await addFiles(large, 'large', [{ path: 'one.py', text: 'login', language: 'python' }])
    const [of] = await large.query<{ id: number; generation: number; hash: Buffer }>(
      `select repository.id, generation, content_hash as hash from repository join file on repository_id = repository.id`,
      [],
    )
    for (let segment = 0; segment < SEGMENTS; segment++) {
      await large.query(
        `with segment as (
           insert into segment (repository_id, documents, tokens, lengths) values ($1, $2, 1, '') returning id
         )
         insert into file (repository_id, path, stamp, content_hash, language, segment_id, first_document, documents, born)
         select $1, 'src/package' || $3 || '/Module' || at || '.rs', '1', $4, 'rust', segment.id, at, 1, 1
         from segment, generate_series(1, $2) as at`,
        [of?.id, FILES_A_SEGMENT, segment, of?.hash],
      )
    }
    await large.query('update repository set files = files + $1', [SEGMENTS * FILES_A_SEGMENT])
  })
  afterAll(() => large.close())

  /** Returns how many rows each statement gives while it does the work. */
  async function rowsOf(work: (sql: Sql) => Promise<unknown>): Promise<number[]> {
    const rowsRead: number[] = []
    await large.snapshot(async (sql) => {
      const query: Sql['query'] = async (text, values) => {
        const rows = await sql.query(text, values)
        rowsRead.push(rows.length)
        return rows as never
      }
      await work({ ...sql, query })
    })
    return rowsRead
  }

  const repositoryIn = async (sql: Sql) => (await liveRepositories(sql, EVERY_REPOSITORY))[0] as RepositoryRow
  const FILE = { path: 'SRC/package1/module77.rs' }

  test.each<[string, (sql: Sql, repository: RepositoryRow) => Promise<unknown>, unknown]>([
    [
      'in other case',
      async (sql, of) => (await filesAt(sql, of, FILE)).map(({ path }) => path),
      ['src/package1/Module77.rs'],
    ],
    ['that matches nothing', (sql, of) => filesAt(sql, of, { path: 'nowhere/**/none.rs' }), []],
    ['that only leaves out', async (sql, of) => (await filesAt(sql, of, { path: '!src/package1' })).length, 12_001],
    ['in a language', async (sql, of) => (await filesAt(sql, of, { languages: ['rust'] })).length, 18_000],
    [
      'with similar ones',
      (sql, of) => nearPaths(sql, [of], 'src/packages/Module77.rs'),
      expect.arrayContaining(['src/package0/Module77.rs']),
    ],
    [
      'to read, in other case',
      async (sql, of) => (await filesNearlyNamed(sql, [of], FILE.path)).map(({ path }) => path),
      ['src/package1/Module77.rs'],
    ],
    [
      'beside a language that is not there',
      (sql) => whyNothingIsLeft(sql, { scope: EVERY_REPOSITORY, languages: ['go'] }),
      'No indexed file is in go. There are: rust, python',
    ],
  ])('%s is looked up without a statement that gives all files', async (_, look, expected) => {
    const rows = await rowsOf(async (sql) => {
      expect(await look(sql, await repositoryIn(sql))).toEqual(expected)
    })
    const most = Math.max(...rows)
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(10_000)
  })

  const MISTYPED = Array.from({ length: 40 }, (_, at) => `srk/package${at}/Modul.rs`)
  const ALL = SEGMENTS * FILES_A_SEGMENT + 1

  test.each([
    ['commas', ','],
    ['blanks', ' '],
  ])('all files are read once for 40 paths between %s that match nothing', async (_, separator) => {
    const rows = await rowsOf(async (sql) => {
      expect(await filesAt(sql, await repositoryIn(sql), { path: MISTYPED.join(separator) })).toEqual([])
    })
    expect(rows.reduce((sum, each) => sum + each, 0)).toBeLessThan(ALL + 100)
    expect(rows.length).toBeLessThan(20)
  })

  test('each of 40 paths counts, whether it is wanted or not', async () => {
    const paths = Array.from({ length: 40 }, (_, at) => `src/package1/Module${at + 1}.rs`)
    await rowsOf(async (sql) => {
      const of = await repositoryIn(sql)
      expect(await filesAt(sql, of, { path: paths.join(',') })).toHaveLength(40)
      const unwanted = paths.map((path) => `!${path}`).join(',')
      expect(await filesAt(sql, of, { path: unwanted })).toHaveLength(ALL - 40)
    })
  })

  test('why no file is at a path is told without looking for its files again', async () => {
    const rows = await rowsOf(async (sql) => {
      const why = await whyNothingIsLeft(sql, { scope: EVERY_REPOSITORY, path: 'src/packag1/Modul77.rs' })
      expect(why).toContain('Similar paths: src/package1/Module77.rs')
    })
    expect(rows.reduce((sum, each) => sum + each, 0)).toBeLessThan(ALL + 100)
  })
})

test('the end of a path is accepted if only one file has it', async () => {
  const request = { scope: EVERY_REPOSITORY, repository: 'shop' }
  await expect(engine.read({ ...request, path: 'login.ts' })).rejects.toMatchObject({
    code: 'file_unknown',
    remedy: 'Files of that name are: src/auth/login.ts, test/login.ts',
  })
  expect((await engine.read({ ...request, path: 'login.js' })).path).toBe('src/legacy/login.js')
})
