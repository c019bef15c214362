import { expect, test } from 'vitest'
import { failure } from '../../infra/docker/model.ts'

test("a failed pull is reported with Ollama's message, without cursor controls", () => {
  const log =
    '\u001b[?25lpulling manifest ⠋ \u001b[K\rpulling manifest\nError: pull model manifest: file does not exist\n'
  const told = failure('no-such-model', log)
  expect(told).toContain('"no-such-model" was not pulled')
  expect(told).toContain('  Error: pull model manifest: file does not exist\n')
  expect(told).toContain('codebase-mcp:ollama.model')
  expect(told).not.toContain('\u001b')
})
