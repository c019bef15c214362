import { expect, test } from 'vitest'
import { contentHashes, segmentBytes } from '../../../service/store/files.ts'
import { liveFiles } from '../../../service/store/files-by-segments.ts'
import { addFiles } from '../search/indexed.ts'
import { describeOnEachEngine } from './each-engine.ts'

describeOnEachEngine('the files of a repository', (database) => {
  test('are all returned once, whatever the page size, as they are at the generation', async () => {
    const file = (path: string, text = path) => ({ path, text })
    const paths = ['a', 'A', 'a/b', 'a-b', 'é', '_', 'z']
    const id = await addFiles(
      database(),
      'pages',
      paths.map((path) => file(path)),
    )
    await addFiles(database(), 'other', [file('a'), file('m')])
    await addFiles(database(), 'pages', [file('a', 'new'), file('y')], ['z'])
    const found = async (generation: number, documentsAPage: number) => {
      const all = []
      for await (const page of liveFiles(database(), { id, generation }, documentsAPage)) all.push(...page)
      return all.map(({ path }) => path)
    }
    for (const documentsAPage of [1, 2, 3, 7, 8, 100]) {
      expect((await found(1, documentsAPage)).sort()).toEqual(paths.toSorted())
      expect((await found(2, documentsAPage)).sort()).toEqual([...paths.filter((path) => path !== 'z'), 'y'].sort())
    }
  })

  test('have the hashes of their texts and the bytes of their segments if they are visible', async () => {
    const id = await addFiles(database(), 'hashes', [
      { path: 'a', text: 'one' },
      { path: 'b', text: 'two' },
    ])
    await addFiles(database(), 'hashes', [{ path: 'a', text: 'three' }])
    const before = await contentHashes(database(), { id, generation: 1 }, ['a', 'b', 'c'])
    const after = await contentHashes(database(), { id, generation: 2 }, ['a', 'b', 'c'])
    expect([...after.keys()].sort()).toEqual(['a', 'b'])
    expect(after.get('b')).toEqual(before.get('b'))
    expect(after.get('a')).not.toEqual(before.get('a'))
    const segments = []
    for await (const page of liveFiles(database(), { id, generation: 2 }))
      segments.push(...page.map((each) => each.segmentId))
    const bytes = await segmentBytes(database(), { id, generation: 2 }, segments)
    expect([...bytes.values()].sort((one, other) => one - other)).toEqual([3, 5])
  })
})
