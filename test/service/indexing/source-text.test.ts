import { expect, test } from 'vitest'
import { sourceText } from '../../../service/indexing/files/source-text.ts'

function textOf(bytes: Uint8Array): string {
  const source = sourceText(bytes)
  return typeof source === 'string' ? source : source.lines.text
}

test('drops the mark of UTF-8 and turns UTF-16 into UTF-8', () => {
  expect(textOf(Buffer.from('\uFEFFclass A {}'))).toBe('class A {}')
  expect(textOf(Buffer.from('\uFEFFclass Ä {}', 'utf16le'))).toBe('class Ä {}')
  expect(textOf(Buffer.from('\uFEFFclass Ä {}', 'utf16le').swap16())).toBe('class Ä {}')
  expect(sourceText(Buffer.from('\uFEFFÄ', 'utf16le'))).toMatchObject({ utf8: Buffer.from('Ä') })
})

test.for([
  ['binary', Buffer.from('a\0b')],
  ['not_utf8', Buffer.from('caf\xe9', 'latin1')],
  ['empty', Buffer.from(' \n\t\n')],
  ['minified', Buffer.from('var a=1;'.repeat(5000))],
  ['minified', Buffer.from(`// license\n${'var a=1;'.repeat(5000)}\n`)],
] as const)('finds %s', ([reason, bytes]) => {
  expect(sourceText(bytes)).toBe(reason)
})

test('keeps a file with one long line among many', () => {
  expect(textOf(Buffer.from(`${'const a = 1\n'.repeat(5000)}const data = '${'x'.repeat(25_000)}'\n`))).toContain(
    'const data',
  )
})
