import { expect, test } from 'vitest'
import { type EncodingFile, TextEncodings } from '../../../service/indexing/files/text-encodings.ts'

const file = (name: EncodingFile['name'], text: string): EncodingFile => ({ name, bytes: Buffer.from(text) })
const attributes = (text: string) => file('.gitattributes', text)
const charsets = (text: string) => file('.editorconfig', text)

test('a text is in the encoding that .gitattributes names for its path', () => {
  const root = TextEncodings.NONE.inside('', [
    attributes(
      '# *.c encoding=none\n*.c text working-tree-encoding=GBK eol=lf\n/docs/*.txt encoding=cp1251\n"my file.c" encoding=big5\n',
    ),
  ])
  expect(root.of('deep/in/a.c')).toBe('GBK')
  expect(root.of('docs/a.txt')).toBe('cp1251')
  expect(root.of('other/docs/a.txt')).toBeUndefined()
  expect(root.of('my file.c')).toBe('big5')
  expect(root.of('a.h')).toBeUndefined()
})

test('a text is in the charset of the last section of .editorconfig that matches it', () => {
  const root = TextEncodings.NONE.inside('', [
    charsets(
      'root = true\ncharset = none\n[*]\ncharset = utf-8\n[*.{c,h}]\ncharset = latin1\n[lib/**.{rc,{x,y}z}]\nCharset: utf-16le\n',
    ),
  ])
  expect(root.of('src/a.h')).toBe('latin1')
  expect(root.of('src/a.py')).toBeUndefined()
  expect(root.of('lib/a.rc')).toBe('utf-16le')
  expect(root.of('lib/a.yz')).toBe('utf-16le')
})

test('the innermost folder with a setting for a text counts', () => {
  const root = TextEncodings.NONE.inside('', [charsets('[*]\ncharset = latin1\n')])
  const inner = root.inside('größe/', [attributes('/a.c encoding=gbk\n'), charsets('[*.py]\ncharset = utf-8\n')])
  expect(inner.of('größe/a.c')).toBe('gbk')
  expect(inner.of('größe/b.c')).toBe('latin1')
  expect(inner.of('größe/b.py')).toBeUndefined()
})

test('a section with many alternatives costs no more than there are rules', () => {
  const section = `[${'{a,b}'.repeat(90)}]`
  const started = performance.now()
  TextEncodings.NONE.inside('', [charsets(`${section}\ncharset = latin1\n`)])
  expect(performance.now() - started).toBeLessThan(2000)
})

test('a text is in the encoding that the settings of VS Code name for all files or for its language', () => {
  const settings = `{
    // "files.encoding": "big5",
    "editor.tabSize": 2,
    "[c][cpp]": { "editor.tabSize": 4, "files.encoding": "gbk", },
    "files.encoding": "windows1251",
    "[python]": { "files.encoding": "utf8" },
  }`
  const root = TextEncodings.NONE.inside('', [file('.vscode/settings.json', settings)])
  expect(root.of('src/a.h')).toBe('gbk')
  expect(root.of('src/a.cc')).toBe('gbk')
  expect(root.of('src/a.java')).toBe('windows1251')
  expect(root.of('src/a.py')).toBeUndefined()
  const inner = root.inside('', [charsets('[*.java]\ncharset = latin1\n')])
  expect(inner.of('src/a.java')).toBe('latin1')
})
