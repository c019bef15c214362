import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { beforeAll, describe, expect, test } from 'vitest'
import { makeMcpServer } from '../../../service/tools/mcp-server.ts'
import { fakeDomain } from './fake-domain.ts'

type Schema = Readonly<Record<string, unknown>>
interface Listed {
  readonly name: string
  readonly inputSchema: Schema
  readonly outputSchema?: Schema
}

let tools: Listed[]
let listed: string
beforeAll(async () => {
  const [ours, theirs] = InMemoryTransport.createLinkedPair()
  const client = new Client({ name: 'test', version: '1' })
  await Promise.all([makeMcpServer(fakeDomain().context).connect(ours as never), client.connect(theirs)])
  const answer = await client.listTools()
  tools = answer.tools as unknown as Listed[]
  listed = JSON.stringify(answer)
})

const schemas = () =>
  tools.flatMap(({ name, inputSchema, outputSchema }) =>
    [inputSchema, outputSchema].flatMap((schema) => (schema === undefined ? [] : { name, schema })),
  )

/** Yields a schema and all schemas inside it. */
function* within(schema: Schema): Generator<Schema> {
  yield schema
  const { properties = {}, items } = schema as { properties?: Record<string, Schema>; items?: Schema }
  for (const each of [...Object.values(properties), ...(items === undefined ? [] : [items])]) yield* within(each)
}

describe('the schemas of the tools', () => {
  test.each([
    ['draft 07', () => new Ajv({ strict: true })],
    ['2020-12', () => new Ajv2020({ strict: true })],
  ])('compile strictly as %s', (_, make) => {
    for (const { schema } of schemas()) expect(make().compile(schema)).toBeTypeOf('function')
  })

  test('only use keywords that every model service accepts', () => {
    const words = new Set(schemas().flatMap(({ schema }) => [...within(schema)].flatMap((each) => Object.keys(each))))
    const known = ['type', 'description', 'properties', 'required', 'items', 'enum', 'minimum', 'maximum']
    expect([...words].filter((word) => !known.includes(word))).toEqual([])
  })

  test('give each part one type, each list its items, each object its properties', () => {
    const parts = schemas().flatMap(({ schema }) => [...within(schema)])
    const types = ['string', 'integer', 'number', 'boolean', 'array', 'object']
    const isOdd = ({ type, items, properties }: Schema) =>
      !types.includes(String(type)) ||
      (type === 'array' && items === undefined) ||
      (type === 'object' && properties === undefined)
    expect(parts.filter(isOdd)).toEqual([])
  })

  test('name tools as every model service allows', () => {
    for (const { name } of tools) expect(name).toMatch(/^[a-z][a-z0-9_]{0,39}$/)
  })

  test('cost an agent no more than 3,000 tokens together', () => {
    expect(countTokens(listed)).toBeLessThanOrEqual(3000)
  })
})
