import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { schema } from '../../infra/settings/schema.ts'

interface Described {
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Described>>
}

const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Described
const settings = Object.entries(described.properties ?? {}).flatMap(([key, { properties, ...own }]) =>
  properties === undefined
    ? [[key, own.default] as const]
    : Object.entries(properties).map(([name, of]) => [`${key}.${name}`, of.default] as const),
)

const page = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8')
const rows = new Map([...page.matchAll(/^\| `([\w.]+)` \| (.+?) \|/gm)].map(([, key = '', said = '']) => [key, said]))

test.each(settings)('docs/settings.md has %s with its default', (key, value) => {
  const said = rows.get(key)
  // One without a default says in words what happens then.
  const shown = typeof value === 'string' ? value : JSON.stringify(value)
  expect(said).toBe(value === undefined ? (said ?? 'something') : `\`${shown}\``)
})

test('docs/settings.md has nothing that is not a setting', () => {
  expect([...rows.keys()].toSorted()).toEqual(settings.map(([key]) => key).toSorted())
})
