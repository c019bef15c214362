import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import { makeCatalogue } from '../../../service/indexing/catalogue.ts'
import { insertRepository } from '../../../service/store/repositories.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'
import { describeOnEachEngine } from '../store/each-engine.ts'

const temporaryFolder = temporaryFolders()

describeOnEachEngine('A folder that overlaps with an indexed one', (database) => {
  let root: string
  beforeEach(() => {
    root = realpathSync(temporaryFolder())
  })
  const catalogue = () => makeCatalogue({ database: database(), roots: [root], onChange: () => {} })
  const listed = async () => (await catalogue().list(EVERY_REPOSITORY)).map(({ name }) => name)
  afterEach(async () => {
    for (const name of await listed()) await catalogue().remove(name, EVERY_REPOSITORY)
  })

  const write = (path: string, text = 'text') => {
    const file = join(root, path)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, text)
  }
  const add = (path: string) => catalogue().index({ path: join(root, path) }, EVERY_REPOSITORY)

  test('is found as part of that one, however deep it is and by whatever path', async () => {
    write('shop/services/pay ment/api/main.go')
    const outer = await add('shop')
    expect(await add('shop/services/pay ment')).toMatchObject({
      id: outer.id,
      repository: 'shop',
      path: 'services/pay ment',
    })
    symlinkSync(join(root, 'shop', 'services', 'pay ment', 'api'), join(root, 'link'))
    expect(await add('link')).toMatchObject({ repository: 'shop', path: 'services/pay ment/api' })
    expect(await listed()).toEqual(['shop'])
  })

  test('is a repository of its own if the outer one ignores it', async () => {
    write('shop/.mcpignore', 'vendored/\n')
    write('shop/main.go')
    write('shop/vendored/lib.go')
    write('shop/node_modules/left-pad/index.js')
    write('shop/.gitignore', 'node_modules\n')
    await add('shop')
    expect(await add('shop/vendored')).not.toHaveProperty('path')
    expect((await add('shop/node_modules/left-pad')).repository).toBe('left-pad')
    expect(await listed()).toEqual(['left-pad', 'shop', 'vendored'])
  })

  test('is refused if it contains indexed ones, which the message and the remedy name', async () => {
    write('code/shop/main.go')
    write('code/my api/main.go')
    write('code/other/main.go')
    await add('code/shop')
    await add('code/my api')
    await expect(add('code')).rejects.toMatchObject({
      code: 'repository_overlaps',
      message: expect.stringMatching(/code" contains my api, shop, already indexed/),
      remedy: expect.stringContaining('(codebase-mcp remove "my api" shop)'),
    })
    for (const name of ['my api', 'shop']) await catalogue().remove(name, EVERY_REPOSITORY)
    expect((await add('code')).repository).toBe('code')
  })

  test('contains one that it ignores without harm', async () => {
    write('home/.gitignore', '/*\n!/dotfiles\n')
    write('home/dotfiles/rc')
    write('home/shop/main.go')
    await add('home/shop')
    expect((await add('home')).repository).toBe('home')
  })

  test('is updated as before if both were indexed by an earlier version', async () => {
    write('shop/api/main.go')
    await add('shop')
    await insertRepository(database(), 'api', join(root, 'shop', 'api'))
    expect(await add('shop/api')).toMatchObject({ repository: 'api' })
    expect((await add('shop')).repository).toBe('shop')
  })

  test('is not confused with one whose name begins alike, or with a URL', async () => {
    write('shop/main.go')
    write('shop-two/main.go')
    await add('shop')
    await insertRepository(database(), 'remote', `https://h${join(root, 'shop')}`)
    expect(await add('shop-two')).not.toHaveProperty('path')
  })
})
