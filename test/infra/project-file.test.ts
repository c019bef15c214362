import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type KubernetesSettings, PROJECT, readSettings, SettingsFault } from '../../infra/settings.ts'

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')
const keysOf = (file: string) => [...file.matchAll(/^ {2}codebase-mcp:(\w+):/gm)].map(([, key = '']) => key)

/** The keys that the settings know, out of what they say about each. */
function knownKeys(): string[] {
  const onKubernetes = { target: 'kubernetes', 'kubernetes.context': 'any', 'image.reference': 'any' }
  const config = Object.entries(onKubernetes).map(([key, value]) => [`${PROJECT}:${key}`, value])
  const { cluster, ...rest } = readSettings(Object.fromEntries(config)) as KubernetesSettings
  return Object.keys({ ...readSettings({}), ...rest, kubernetes: cluster }).toSorted()
}

test('Pulumi.yaml documents every setting, each with a default', () => {
  const file = read('Pulumi.yaml')
  expect(keysOf(file).toSorted()).toEqual(knownKeys())
  expect(file.match(/^ {4}default: /gm)).toHaveLength(knownKeys().length)
  expect(file.match(/^ {4}description: /gm)).toHaveLength(knownKeys().length)
})

test('Pulumi.yaml mentions every key of a group', () => {
  const file = read('Pulumi.yaml')
  const { server, postgres, ollama } = readSettings({})
  for (const key of [server, postgres, ollama].flatMap((group) => Object.keys(group))) {
    expect(file, key).toMatch(new RegExp(`\\b${key}: `))
  }
})

test('the stacks that come with the project use settings that there are', () => {
  for (const stack of ['dev', 'prod']) {
    for (const key of keysOf(read(`Pulumi.${stack}.yaml`))) {
      expect(() => readSettings({ [`${PROJECT}:${key}.nonsense`]: '1' }), key).toThrow(SettingsFault)
      expect(knownKeys(), stack).toContain(key)
    }
  }
})
