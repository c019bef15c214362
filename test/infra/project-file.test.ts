import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { PROJECT } from '../../infra/settings/config.ts'
import { schema } from '../../infra/settings/schema.ts'
import { readSettings, SettingsFault } from '../../infra/settings/settings.ts'

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')
const keysOf = (file: string) => [...file.matchAll(/^ {2}codebase-mcp:(\w+):/gm)].map(([, key = '']) => key)

interface Described {
  readonly properties?: Readonly<Record<string, Described>>
}

const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Described
const groups = Object.entries(described.properties ?? {})
const known = groups.map(([key]) => key).toSorted()

test('Pulumi.yaml documents every setting, each with a default', () => {
  const file = read('Pulumi.yaml')
  expect(keysOf(file).toSorted()).toEqual(known)
  expect(file.match(/^ {4}default: /gm)).toHaveLength(known.length)
  expect(file.match(/^ {4}description: /gm)).toHaveLength(known.length)
})

test.each(groups.filter(([, { properties }]) => properties !== undefined))(
  'Pulumi.yaml mentions every key of the group %s',
  (group, { properties = {} }) => {
    const [, own = ''] = read('Pulumi.yaml').split(`codebase-mcp:${group}:`)
    const [text = ''] = own.split('codebase-mcp:')
    for (const key of Object.keys(properties)) expect(text, key).toMatch(new RegExp(`\\b${key}: `))
  },
)

test('the stacks that come with the project use settings that there are', () => {
  for (const stack of ['dev', 'prod', 'test']) {
    for (const key of keysOf(read(`Pulumi.${stack}.yaml`))) {
      expect(() => readSettings({ [`${PROJECT}:${key}.nonsense`]: '1' }), key).toThrow(SettingsFault)
      expect(known, stack).toContain(key)
    }
  }
})
