import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../../service/config.ts'
import { ENVIRONMENT, SECRETS } from '../../service/environment.ts'

const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8')
const documented = [...text.matchAll(/^#([A-Z0-9_]+)=(.*)$/gm)].map(([, name = '', value = '']) => ({ name, value }))

describe('.env.example', () => {
  test('documents every variable once, and no other', () => {
    const expected = [...Object.keys(ENVIRONMENT), ...SECRETS.map((name) => `${name}_FILE`)]
    expect(documented.map(({ name }) => name).toSorted()).toEqual(expected.toSorted())
  })

  test('shows the defaults of the code', () => {
    const shown = Object.fromEntries(documented.map(({ name, value }) => [name, value]))
    const unset = readConfig({})
    // Who names the default address of Ollama asks for it.
    expect(readConfig(shown)).toEqual({ ...unset, embedding: { ...unset.embedding, isAssumed: false } })
    const different = Object.entries(ENVIRONMENT).filter(([name, schema]) => {
      const value = shown[name] === '' ? undefined : shown[name]
      return !isDeepStrictEqual(schema.parse(value), schema.parse(undefined))
    })
    expect(different).toEqual([])
  })

  test('sets nothing as shipped', () => {
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([])
  })
})
