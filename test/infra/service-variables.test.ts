import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SERVICE_VARIABLES, settingOf, withSettings } from '../../infra/settings/service-variables.ts'

test('a remedy of the service names the settings of the stack, and other fields stay as they are', () => {
  const text = JSON.stringify({
    detail: 'EMBEDDING_MODEL is x',
    remedy:
      'Set EMBEDDING_MODEL_INSECURE or OLLAMA_BASE_URL, or OLLAMA_BASE_URL=off; raise MAX_FILE_BYTES, not MY_PORT',
  })
  expect(JSON.parse(text, withSettings)).toEqual({
    detail: 'EMBEDDING_MODEL is x',
    remedy:
      'Set codebase-mcp:ollama.insecure or codebase-mcp:ollama.url, or codebase-mcp:ollama.enabled=false; raise codebase-mcp:server.variables.MAX_FILE_BYTES, not MY_PORT',
  })
})

test('each variable has a setting that the documentation describes, unless the stack itself sets it', () => {
  const documented = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8')
  const unknown = SERVICE_VARIABLES.map((name) => [name, settingOf(name)] as const).filter(([name, setting]) => {
    const key = setting.replace('codebase-mcp:', '').replace(`server.variables.${name}`, 'server.variables')
    return setting !== name && !documented.includes(`\`${key}\``)
  })
  expect(unknown).toEqual([])
})
