import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { PROJECT } from '../../infra/settings/config.ts'
import { ALL_DESCRIBED } from '../../infra/settings/described.ts'
import { documents, read as present } from '../../infra/settings/generate.ts'
import { schema } from '../../infra/settings/schema.ts'
import { readSettings, SettingsFault } from '../../infra/settings/settings.ts'

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')
const keysOf = (file: string) => [...file.matchAll(/^ {2}codebase-mcp:(\w+):/gm)].map(([, key = '']) => key)

const known = Object.keys(schema.shape).toSorted()

test.each(documents())('$path is what npm run generate makes of the schema', ({ path, text }) => {
  expect(present(path)).toBe(text)
})

test('Pulumi.yaml has every setting, each with a default', () => {
  const file = read('Pulumi.yaml')
  expect(keysOf(file).toSorted()).toEqual(known)
  expect(file.match(/^ {4}default: /gm)).toHaveLength(known.length)
})

test('every setting and every group has a description', () => {
  expect(ALL_DESCRIBED.filter(({ about }) => !/^\S.*\.$/s.test(about)).map(({ key }) => key)).toEqual([])
})

test('the stacks of the project use existing settings', () => {
  for (const stack of ['dev', 'prod', 'test']) {
    for (const key of keysOf(read(`Pulumi.${stack}.yaml`))) {
      expect(() => readSettings({ [`${PROJECT}:${key}.nonsense`]: '1' }), key).toThrow(SettingsFault)
      expect(known, stack).toContain(key)
    }
  }
})
