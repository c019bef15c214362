import { expect, test } from 'vitest'
import { readConfig } from '../../../service/config.ts'
import { pullModel } from '../../../service/modes/pull-model.ts'
import { startFakeOllama } from '../../fakes/ollama.ts'

async function run(environment: Record<string, string>) {
  const lines: string[] = []
  const say = (line: string) => void lines.push(line)
  const code = await pullModel({ config: readConfig(environment), terminal: { print: say, note: say } })
  return { code, lines }
}

test('pull-model reports what it pulls, and the next time that it exists', async () => {
  await using ollama = await startFakeOllama({ models: [], pullable: ['all-minilm'] })
  const environment = { OLLAMA_BASE_URL: ollama.url, EMBEDDING_MODEL: 'all-minilm' }
  const first = await run(environment)
  expect(first).toEqual({ code: 0, lines: ['all-minilm: pulling manifest', 'all-minilm: pulled'] })
  expect(await run(environment)).toEqual({ code: 0, lines: ['all-minilm: is already there'] })
})

test('pull-model needs no Ollama if embeddings are disabled', async () => {
  expect(await run({ OLLAMA_BASE_URL: 'off' })).toMatchObject({ code: 0 })
})

test('pull-model reports why the registry refuses', async () => {
  await using ollama = await startFakeOllama({ models: [] })
  await expect(run({ OLLAMA_BASE_URL: ollama.url, EMBEDDING_MODEL: 'no-such' })).rejects.toMatchObject({
    code: 'embedding_model_missing',
    exitCode: 1,
  })
})
