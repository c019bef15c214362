import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { namedRepository } from '../../../service/access/named-repository.ts'
import { EVERY_REPOSITORY, RepositoryScope } from '../../../service/access/repository-scope.ts'
import { searchedRepositories } from '../../../service/search/repositories.ts'
import type { Database } from '../../../service/store/database.ts'
import { emptyDatabase } from './indexed.ts'

const SOURCES: Readonly<Record<string, string>> = {
  shop: '/home/ana/code/Shop',
  'ana-notes': '/home/ana/notes',
  'ben-notes': '/home/ben/notes',
  wiki: 'https://git.example.com/Docs/wiki.git#main',
  'team-api': 'ssh://git@git.example.com/team/api.git',
}

let database: Database
beforeAll(async () => {
  database = await emptyDatabase()
  for (const [name, source] of Object.entries(SOURCES)) {
    await database.query('insert into repository (name, source) values ($1, $2)', [name, source])
  }
})
afterAll(() => database.close())

const meant = async (repository: string, scope = EVERY_REPOSITORY) =>
  (await searchedRepositories(database, { repository, scope })).map(({ name }) => name)

describe('a repository', () => {
  test.each([
    ['shop', 'shop'],
    ['SHOP', 'shop'],
    ['shop/', 'shop'],
    ['./shop', 'shop'],
    ['/home/ana/code/Shop', 'shop'],
    ['/home/ana/code/Shop/', 'shop'],
    ['ana/code/shop', 'shop'],
    ['acme/shop', 'shop'],
    ['https://github.com/acme/shop', 'shop'],
    ['ana/notes', 'ana-notes'],
    ['docs/wiki', 'wiki'],
    ['https://git.example.com/docs/wiki', 'wiki'],
    ['git@git.example.com:docs/wiki.git', 'wiki'],
    ['git.example.com/team/api', 'team-api'],
    ['team/api', 'team-api'],
    ['C:\\code\\shop', 'shop'],
  ])('may be named as %s', async (given, name) => {
    expect(await meant(given)).toEqual([name])
  })

  test('may be left out, or several of them', async () => {
    expect(await meant('!shop,!docs/wiki')).toEqual(['ana-notes', 'ben-notes', 'team-api'])
    await expect(meant('!none')).rejects.toMatchObject({ code: 'repository_unknown' })
  })

  test('is not guessed if the name is ambiguous: the candidates are listed', async () => {
    await expect(meant('notes')).rejects.toMatchObject({
      code: 'request_invalid',
      message: '"notes" may mean several repositories',
      remedy: 'Use the name of one: ana-notes, ben-notes',
    })
  })

  test('outside the scope does not exist, by any name', async () => {
    await expect(meant('/home/ana/code/Shop', new RepositoryScope(['wiki']))).rejects.toMatchObject({
      code: 'repository_unknown',
      remedy: 'Use one of these names: wiki',
    })
  })

  test('may be named with accents composed or not, as systems write them', () => {
    const known = [{ name: 'caf\u00e9', source: '/code/caf\u00e9' }]
    expect(namedRepository('cafe\u0301', known).name).toBe('caf\u00e9')
    expect(namedRepository('/code/Cafe\u0301/', known).name).toBe('caf\u00e9')
  })

  test('with an unknown name is reported with the nearest names', async () => {
    const many = Array.from({ length: 300 }, (_, at) => ({ name: `service-${at}`, source: `/code/service-${at}` }))
    expect(() => namedRepository('Servce-217', many)).toThrow(
      expect.objectContaining({ remedy: expect.stringMatching(/^Use one of these names: service-217, /) }),
    )
  })

  test.each(['shopp', '/', '...', '#', 'code/shop/src'])('called %s is unknown', async (given) => {
    await expect(meant(given)).rejects.toMatchObject({ code: 'repository_unknown' })
  })
})
