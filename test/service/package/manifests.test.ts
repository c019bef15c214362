import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import manifest from '../../../package.json' with { type: 'json' }
import { bundleManifest, packageManifest, registryName, serverJson } from '../../../service/package/manifests.ts'

const REPOSITORY = 'Example-Org/codebase-mcp'

/** Returns the violations of a published schema. */
function faults(schema: string, value: unknown) {
  const text = readFileSync(new URL(`../../fixtures/schemas/${schema}`, import.meta.url), 'utf8')
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(JSON.parse(text))
  validate(value)
  return validate.errors ?? []
}

describe('The published package', () => {
  test('has a server.json that fits the schema of the MCP registry', () => {
    const told = serverJson(manifest, REPOSITORY)
    expect(faults('server.schema.json', told)).toEqual([])
    expect(faults('server.schema.json', { ...told, version: undefined })).not.toEqual([])
    expect(faults('server.schema.json', { ...told, description: 'x'.repeat(101) })).not.toEqual([])
  })

  test('has a manifest of the MCP bundle that fits its schema', () => {
    const told = bundleManifest(manifest, REPOSITORY)
    expect(faults('mcpb-manifest.schema.json', told)).toEqual([])
    expect(faults('mcpb-manifest.schema.json', { ...told, server: { type: 'node' } })).not.toEqual([])
  })

  test('has the name that the registry knows, and depends only on the embedded database', () => {
    const told = packageManifest(manifest, REPOSITORY)
    expect(told.mcpName).toBe(serverJson(manifest, REPOSITORY).name)
    expect(told.mcpName).toBe(registryName(REPOSITORY))
    expect(Object.keys(told.dependencies)).toEqual(['@electric-sql/pglite', '@electric-sql/pglite-pgvector'])
    for (const version of Object.values(told.dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/)
    expect(told.bin).toEqual({ 'codebase-mcp': 'bin.js' })
  })
})
