import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { describe, expect, test } from 'vitest'
import { TOOLS } from '../../../service/tools/catalogue.ts'
import { grepCode } from '../../../service/tools/grep-code.ts'
import { makeMcpServer } from '../../../service/tools/mcp-server.ts'
import { readFile } from '../../../service/tools/read-file.ts'
import { fakeDomain } from './fake-domain.ts'

describe('the tools', () => {
  test('are listed with these names, descriptions and schemas', async () => {
    const [ours, theirs] = InMemoryTransport.createLinkedPair()
    const client = new Client({ name: 'test', version: '1' })
    await Promise.all([makeMcpServer(fakeDomain().context).connect(ours as never), client.connect(theirs)])
    const { tools } = await client.listTools()
    await expect(JSON.stringify(tools, null, 2)).toMatchFileSnapshot('tools.json.snap')
  })

  test('describe every field of their input', () => {
    const undescribed = TOOLS.flatMap((tool) => {
      const { shape } = tool.input as unknown as { shape: Record<string, { description?: string }> }
      return Object.entries(shape).flatMap(([field, { description }]) =>
        description?.endsWith('.') ? [] : [`${tool.name}.${field}`],
      )
    })
    expect(undescribed).toEqual([])
  })

  test('answer as their output schema promises', async () => {
    const { context } = fakeDomain()
    const inputs: Record<string, object> = {
      search_code: { query: 'x' },
      find_symbol: { name: 'x', references: true },
      grep_code: { pattern: 'x' },
      read_file: { repository: 'shop', path: 'a' },
      index_repository: { path: '/a' },
    }
    for (const tool of TOOLS) {
      const { structured } = await tool.call(inputs[tool.name] ?? {}, context)
      expect({ tool: tool.name, fault: tool.output.safeParse(structured).error }).toEqual({ tool: tool.name })
    }
  })

  test('end at their deadline even if the domain never answers', async () => {
    const { promise: never } = Promise.withResolvers<never>()
    const { context } = fakeDomain({ search: { read: () => never } })
    await expect(
      readFile.call({ repository: 'shop', path: 'a' }, { ...context, deadlineMs: 20 }),
    ).rejects.toMatchObject({
      code: 'deadline_exceeded',
    })
  })

  test('wait for an index that is still opening, however long it takes, before their time starts', async () => {
    const { promise: opening, resolve } = Promise.withResolvers<void>()
    const { context } = fakeDomain()
    const call = grepCode.call({ pattern: 'b' }, { ...context, opening, deadlineMs: 30 })
    setTimeout(resolve, 60)
    expect((await call).structured).toMatchObject({ files_searched: 8 })
  })

  test('show context lines with their numbers', async () => {
    const { text } = await grepCode.call({ pattern: 'b', context: 1 }, fakeDomain().context)
    expect(text).toBe(
      'shop: src/cart.ts\n  3: a\n> 4: b\n  5: c\nThere are more matches: continue with offset 1, or narrow the request.',
    )
  })

  test('match a pattern literally, and in any case, if asked', async () => {
    const { context, asked } = fakeDomain()
    await grepCode.call({ pattern: 'a(b|c)\\', literal: true, ignore_case: true }, context)
    expect(asked.grep).toMatchObject([{ pattern: 'a\\(b\\|c\\)\\\\', ignoreCase: true }])
  })

  test.each([
    ['a\\|b', 'alternatives are written a|b'],
    ['\\<word\\>', 'a word begins and ends at \\b'],
    ['/word/i', 'Slashes around the pattern'],
    ['\\bслово', '\\b knows the letters a to z only'],
    ['{[^}]*}', 'matched line by line'],
  ])('explain what a pattern without a match may be mistaken for: %s', async (pattern, note) => {
    const nothing = { matches: [], truncated: false, files: 8, filesSearched: 8, latencyMs: 1 }
    const { context } = fakeDomain({ search: { grep: async () => nothing } })
    expect((await grepCode.call({ pattern }, context)).text).toContain(note)
    expect((await grepCode.call({ pattern, literal: true }, context)).text).not.toContain(note)
    expect((await grepCode.call({ pattern, offset: 5 }, context)).text).toContain('No line matches in 8 files.')
  })

  test('report the number of matches if the offset is beyond the last', async () => {
    const { text } = await grepCode.call({ pattern: 'b', offset: 7 }, fakeDomain().context)
    expect(text).toBe('Note: offset 7 is past the end: there are 1 matches.')
  })

  test('report every call and its fault to an observer', async () => {
    const { context, calls } = fakeDomain()
    await grepCode.call({ pattern: 'b' }, context)
    await expect(grepCode.call({}, context)).rejects.toThrow('got nothing')
    expect(calls.map(({ tool, fault }) => [tool, fault])).toEqual([
      ['grep_code', undefined],
      ['grep_code', 'request_invalid'],
    ])
  })
})
