import { expect, test } from 'vitest'
import { fullModelName } from '../../../service/embedding/model-name.ts'
import { prefixesOf } from '../../../service/embedding/prefixes.ts'

test.each([
  ['all-minilm', 'all-minilm:latest'],
  ['all-minilm:33m', 'all-minilm:33m'],
  ['http://10.0.0.5:5001/library/all-minilm', '10.0.0.5:5001/library/all-minilm:latest'],
  ['https://models.example/team/bge-m3:v2', 'models.example/team/bge-m3:v2'],
  ['registry.ollama.ai/library/all-minilm', 'all-minilm:latest'],
  ['team/nomic-embed-code', 'team/nomic-embed-code:latest'],
])('the full name of %s is %s', (name, full) => {
  expect(fullModelName(name)).toBe(full)
  expect(fullModelName(full)).toBe(full)
})

test.each([
  ['all-minilm', ''],
  ['nomic-embed-text', 'search_query: '],
  ['10.0.0.5:5001/team/Nomic-Embed-Text:v1.5', 'search_query: '],
  ['manutic/nomic-embed-code', 'Represent this query for searching relevant code: '],
  ['snowflake-arctic-embed2:568m', 'query: '],
  ['snowflake-arctic-embed:33m', 'Represent this sentence for searching relevant passages: '],
])('a question to %s starts with %j', (model, prefix) => {
  expect(prefixesOf(model).query).toBe(prefix)
})
