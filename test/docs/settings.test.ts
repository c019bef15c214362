import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { schema } from '../../infra/settings/schema.ts'

interface Described {
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Described>>
}

const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Described
const settings = settingsOf(described)

function settingsOf({ properties = {} }: Described, group = ''): (readonly [key: string, value: unknown])[] {
  return Object.entries(properties).flatMap(([name, of]) => {
    const key = `${group}${name}`
    const inside = settingsOf(of, `${key}.`)
    // A group inside of another one is a setting itself: it is there or not.
    return inside.length === 0 || group !== '' ? [[key, of.default] as const, ...inside] : inside
  })
}

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
