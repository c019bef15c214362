import fc from 'fast-check'
import { parse as parseJson } from 'jsonc-parser'
import { parse as parseToml } from 'smol-toml'
import { describe, expect, test } from 'vitest'
import { BrokenSettings, withValue } from '../../../../service/modes/connect/json-settings.ts'
import { withTable } from '../../../../service/modes/connect/toml-settings.ts'

const PATH = ['mcpServers', 'codebase']
const ENTRY = { command: 'node', args: ['main.js', 'mcp'] }

describe('Settings in JSON', () => {
  test('keep their comments, indentation and line ends', () => {
    const before =
      '// mine\r\n{\r\n\t"theme": "dark", // always\r\n\t"mcpServers": {\r\n\t\t"other": { "url": "x" },\r\n\t},\r\n}\r\n'
    const after = withValue(before, PATH, { url: 'http://127.0.0.1:8000/mcp' })
    expect(after).toContain('"theme": "dark", // always\r\n')
    expect(after).toContain('\r\n\t\t"codebase": {\r\n\t\t\t"url"')
    expect(after.replaceAll('\r\n', '')).not.toContain('\n')
    expect(parseJson(after)).toEqual({
      theme: 'dark',
      mcpServers: { other: { url: 'x' }, codebase: { url: 'http://127.0.0.1:8000/mcp' } },
    })
  })

  test.each([
    ['nothing', ''],
    ['an empty object', '{}'],
    ['a byte order mark', '\uFEFF{\n  "a": 1\n}\n'],
    ['four spaces', '{\n    "a": 1,\n    "mcpServers": {}\n}\n'],
  ])('get the entry if there is %s, and lose it again', (_, before) => {
    const after = withValue(before, PATH, ENTRY)
    expect(parseJson(after.replace('\uFEFF', '')).mcpServers).toEqual({ codebase: ENTRY })
    expect(parseJson(withValue(after, PATH, undefined).replace('\uFEFF', '')).mcpServers).toEqual({})
  })

  test.each([
    [
      '{\n  "mcpServers": {\n    "other": { "url": "x" }, // mine\n  },\n}\n',
      '"other": { "url": "x" }, // mine\n    "codebase": {',
    ],
    ['{\n  "mcpServers": {\n    "other": 1 // mine\n  }\n}\n', '"other": 1, // mine\n    "codebase": {'],
    ['{\n  "mcpServers": {\n    "other": 1\n    // the end\n  }\n}', '"other": 1,\n    "codebase": {'],
    ['{"n":3,"mcpServers":{"a":{"command":"b"}},"z":[1]}', '"a":{"command":"b"}, "codebase": {'],
    ['{"n":3,\n "mcpServers":{"a":1},\n "z":[1]}', '{"a":1, "codebase": {'],
    ['{\n  "mcpServers": {"a": 1}\n}', '{"a": 1, "codebase": {'],
    ['{\n\t"a": 1\n}', '\t"a": 1,\n\t"mcpServers": {\n\t\t"codebase": {\n\t\t\t"command"'],
  ])('keep every other character, and come back as they were: %j', (before, part) => {
    const after = withValue(before, PATH, ENTRY)
    expect(after).toContain(part)
    expect(parseJson(after)).toEqual({
      ...parseJson(before),
      mcpServers: { ...parseJson(before).mcpServers, codebase: ENTRY },
    })
    const withEmpty = withValue(before, ['mcpServers', 'none'], undefined)
    const isThere = 'mcpServers' in parseJson(before)
    expect(isThere ? withValue(after, PATH, undefined) : withEmpty).toBe(before)
    expect(withValue(after, PATH, { url: 'x' })).toBe(
      withValue(withValue(before, PATH, { url: 'x' }), PATH, { url: 'x' }),
    )
  })

  test('keep every other value wherever the entry is', () => {
    const space = fc.constantFrom('', ' ', '\n', '\n  ', ' // note\n', ' /* note */ ', '\r\n\t')
    const property = (name: string, value: string) =>
      fc.tuple(space, space, space).map(([a, b, c]) => `${a}"${name}":${b}${value}${c}`)
    const file = fc
      .tuple(
        fc
          .shuffledSubarray(['a', 'b', 'codebase'], { minLength: 0 })
          .chain((names) => fc.tuple(...names.map((name) => property(name, '{"x":[1,"}, //"]}')))),
        fc.boolean(),
        space,
        space,
      )
      .map(([all, comma, a, b]) => `{${a}"mcpServers": {${all.join(',')}${comma && all.length > 0 ? ',' : ''}${b}}}`)
    fc.assert(
      fc.property(file, (text) => {
        const { codebase: _, ...others } = parseJson(text).mcpServers
        expect(parseJson(withValue(text, PATH, ENTRY))).toEqual({ mcpServers: { ...others, codebase: ENTRY } })
        expect(parseJson(withValue(text, PATH, undefined))).toEqual({ mcpServers: others })
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['{ "a": 1', 'line 1: close brace expected'],
    ['{\n  "a" 1\n}', 'line 2: colon expected'],
    ['[]', 'its content is not an object'],
    ['{ "mcpServers": [] }', 'mcpServers is not an object'],
  ])('that are broken are reported and not changed: %s', (text, why) => {
    expect(() => withValue(text, PATH, ENTRY)).toThrow(new BrokenSettings(why))
  })
})

describe('Settings in TOML', () => {
  const KEY = ['mcp_servers', 'codebase'] as const
  const before = `model = "gpt" # the best\n\n[mcp_servers.other]\ncommand = "x"\n\n# of mine\n[tools]\nsearch = true\n`

  test('keep all other lines, and can be restored exactly', () => {
    const after = withTable(before, KEY, ENTRY)
    expect(after.startsWith(before)).toBe(true)
    expect(parseToml(after)).toMatchObject({ mcp_servers: { codebase: ENTRY, other: { command: 'x' } } })
    expect(withTable(after, KEY, undefined).trim()).toBe(before.trim())
  })

  test('have an existing entry replaced, with the tables below it', () => {
    const old = `[mcp_servers."codebase"]\nurl = "old"\n[mcp_servers.codebase.http_headers]\nA = "b"\n# next\n[mcp_servers.other]\ncommand = "x"\n`
    const after = withTable(old, KEY, { url: 'new' })
    expect(parseToml(after)).toEqual({ mcp_servers: { other: { command: 'x' }, codebase: { url: 'new' } } })
    expect(after).toContain('# next\n[mcp_servers.other]')
  })

  test.each([
    ['model = ', /^line 1: /],
    ['mcp_servers = { codebase = { url = "x" } }\n', /is not written as a table of its own$/],
    ['mcp_servers.codebase.url = "x"\n', /is not written as a table of its own$/],
  ])('that cannot be edited by lines are reported and not changed: %s', (text, why) => {
    expect(() => withTable(text, KEY, { url: 'new' })).toThrow(why)
  })

  test('are not confused by a text that looks like a table', () => {
    const text = `note = """\n[mcp_servers.codebase]\n"""\n`
    expect(() => withTable(text, KEY, { url: 'new' })).toThrow(BrokenSettings)
  })
})
