import { expect, test } from 'vitest'
import { readConfig } from '../../service/config.ts'
import { shownIn, showsFile } from '../../service/indexing/secrets/shown-here.ts'

const shownBy = (value: string) => readConfig({ SECRETS_SHOWN: value }).indexing.shownSecrets

test('SECRETS_SHOWN names repositories, paths in them and texts', () => {
  const shown = shownBy(`team-*, shop:test/fixtures/*, *:docs/keys.md, sha256:${'AB'.repeat(32)}`)
  expect(shownIn('team-a', shown)).toMatchObject({ everything: true })
  expect(shownIn('shop', shown)).toEqual({
    everything: false,
    paths: ['test/fixtures/*', 'docs/keys.md'],
    fingerprints: ['ab'.repeat(32)],
  })
  const inShop = (path: string) => showsFile(path, shownIn('shop', shown))
  expect(inShop('test/fixtures/deep/a.pem')).toBe(true)
  expect(inShop('src/test/fixtures/a.pem')).toBe(false)
  expect(inShop('docs/keysXmd')).toBe(false)
})

test('without SECRETS_SHOWN nothing is shown', () => {
  expect(shownIn('shop', readConfig({}).indexing.shownSecrets)).toEqual({
    everything: false,
    paths: [],
    fingerprints: [],
  })
})

test.each([
  ['sha256:12ab', 'SECRETS_SHOWN has a fingerprint that is not 64 hexadecimal digits: "12ab"'],
  [':docs/*', 'SECRETS_SHOWN has an entry without the name of a repository: ":docs/*"'],
  ['shop:', 'SECRETS_SHOWN has an entry without'],
])('%s is refused with the expected form', (value, message) => {
  expect(() => shownBy(value)).toThrow(message)
})
