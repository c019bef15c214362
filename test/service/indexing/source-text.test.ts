import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { sourceText } from '../../../service/indexing/files/source-text.ts'

async function textOf(bytes: Uint8Array): Promise<string | undefined> {
  return (await sourceText(bytes))?.lines.text
}

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

test('drops the byte order mark of UTF-8 and converts UTF-16 to UTF-8', async () => {
  expect(await textOf(Buffer.from('\uFEFFclass A {}'))).toBe('class A {}')
  expect(await textOf(Buffer.from('\uFEFFclass Ä {}', 'utf16le'))).toBe('class Ä {}')
  expect(await textOf(Buffer.from('\uFEFFclass Ä {}', 'utf16le').swap16())).toBe('class Ä {}')
  expect(await sourceText(Buffer.from('\uFEFFÄ', 'utf16le'))).toMatchObject({ utf8: Buffer.from('Ä') })
})

test.for(['IDS_HELLO "Grüße"\r\nIDS_BYE "Tschüs"\r\n', '// 日本語だけの説明です。\nconst a = 1\n'])(
  'recognises UTF-16 without a mark: %s',
  async (text) => {
    expect(await textOf(Buffer.from(text, 'utf16le'))).toBe(text)
    expect(await textOf(Buffer.from(text, 'utf16le').swap16())).toBe(text)
  },
)

function utf32(text: string, order: 'LE' | 'BE'): Buffer {
  const bytes = Buffer.alloc(4 * Array.from(text).length)
  for (const [at, character] of Array.from(text).entries()) {
    const code = character.codePointAt(0) as number
    if (order === 'LE') bytes.writeUInt32LE(code, 4 * at)
    else bytes.writeUInt32BE(code, 4 * at)
  }
  return bytes
}

test.for(['LE', 'BE'] as const)('recognises UTF-32 %s with a mark and without', async (order) => {
  const text = 'IDS_HELLO "Grüße 密码 𠮷"\n'
  expect(await textOf(utf32(`\uFEFF${text}`, order))).toBe(text)
  expect(await textOf(utf32(text, order))).toBe(text)
})

test('treats a NUL or two in ASCII as a mistake, and drops those at the end of a file', async () => {
  expect(await textOf(Buffer.from('\0// x\nfunction first() {}\n\n'))).toBe('\uFFFD// x\nfunction first() {}\n\n')
  expect(await textOf(Buffer.from(`let a = 1\n${'\0'.repeat(4000)}`))).toBe('let a = 1\n')
  expect(await textOf(Buffer.alloc(4000))).toBeUndefined()
})

test('uses the configured encoding of a text, unless it is UTF-8 or names another', async () => {
  const setTo = async (encoding: string, bytes: Uint8Array) => (await sourceText(bytes, encoding))?.lines.text
  expect(await setTo('GBK', hex('2f2f c3dcc2eb'))).toBe('//密码')
  expect(await setTo('windows1251', hex('eeea'))).toBe('ок')
  expect(await setTo('UTF-16LE-BOM', Buffer.from('用户密码错误', 'utf16le'))).toBe('用户密码错误')
  expect(await setTo('utf-16le', Buffer.from('plain'))).toBe('plain')
  expect(await setTo('latin1', Buffer.from('пароль'))).toBe('пароль')
  expect(await setTo('gbk', Buffer.from('# coding: latin-1\n# \xe9', 'latin1'))).toContain('é')
  expect(await setTo('no-such-encoding', Buffer.from('caf\xe9', 'latin1'))).toBe('café')
})

test('uses the encoding that a modeline at the end names', async () => {
  const end = (line: string) => textOf(Buffer.concat([hex('c3dcc2eb0a'), Buffer.from(line)]))
  expect(await end('/* vim: set ts=4 fileencoding=gbk : */\n')).toContain('密码')
  expect(await end('// Local Variables:\n// coding: gbk-unix\n// End:\n')).toContain('密码')
})

// A comment in several languages, encoded by Python.
const LEGACY: readonly (readonly [text: string, bytes: Uint8Array])[] = [
  ['// Größe der Tür', Buffer.from('// Größe der Tür', 'latin1')],
  ['// café', Buffer.from('// café', 'latin1')],
  ['// – note “quoted”', hex('2f2f20 96 206e6f746520 93 71756f746564 94')],
  ['// 在庫を確認して発注する', hex('2f2f20 8ddd8cc982f08a6d944682b582c494ad928d82b782e9')],
  ['// 在庫を確認して発注する', hex('2f2f20 badfb8cba4f2b3cec7a7a4b7a4c6c8afc3eda4b9a4eb')],
  ['// 在庫を確認して発注する', hex('2f2f20 1b2442 3a5f38 4b2472334e4727243724 46482f 436d2439246b 1b2842')],
  ['// 检查库存并下订单', hex('2f2f20 bcecb2e9bfe2b4e6b2a2cfc2b6a9b5a5')],
  ['// 檢查庫存並下訂單', hex('2f2f20 c0cbac64ae77a673a8c3a455ad71b3e6')],
  ['// 재고를 확인하고 주문한다', hex('2f2f20 c0e7b0edb8a6 20 c8aec0cec7cfb0ed 20 c1d6b9aec7d1b4d9')],
  ['// Проверка остатка на складе', hex('2f2f20 cff0eee2e5f0eae0 20 eef1f2e0f2eae0 20 ede0 20 f1eaebe0e4e5')],
  ['// Проверка остатка на складе', hex('2f2f20 f0d2cfd7c5d2cbc1 20 cfd3d4c1d4cbc1 20 cec1 20 d3cbccc1c4c5')],
]

test.for(LEGACY)('recognises the encoding of %s', async ([text, bytes]) => {
  const code = 'int check(int a) {\n    return a + 1;\n}\n'
  expect(await textOf(Buffer.concat([Buffer.from(code), bytes, Buffer.from(`\n${code}`)]))).toBe(
    `${code}${text}\n${code}`,
  )
})

test('uses the encoding that a text declares', async () => {
  const named = (line: string, bytes: string) => textOf(Buffer.concat([Buffer.from(`${line}\n# `), hex(bytes)]))
  expect(await named('# -*- coding: koi8_r -*-', 'd7')).toBe('# -*- coding: koi8_r -*-\n# в')
  expect(await named('#!/usr/bin/python\n# vim: set fileencoding=cp932 :', '926c')).toContain('# 値')
  expect(await named('<?xml version="1.0" encoding="ISO-8859-2"?>', 'b1')).toContain('# ą')
  expect(await named('# coding: no-such-encoding', '636166e9')).toContain('# café')
})

test('knows UTF-16 without a mark although its first character is NUL', async () => {
  const text = 'IDS_GREETING "Grüße"\nIDS_OTHER 2\n'
  expect(await textOf(Buffer.from(`\0${text}`, 'utf16le'))).toBe(`\uFFFD${text}`)
})

test('does not take a few bytes of a blob in a dump for a mark of UTF-16', async () => {
  const dump = [
    Buffer.from("CREATE TABLE customers (id INT);\nINSERT INTO t VALUES ('"),
    hex('00 01 02 ff fe'),
    Buffer.from("');\n"),
  ]
  for (const rows of [30, 300]) {
    const bytes = Buffer.concat([Buffer.from("INSERT INTO c VALUES (1, 'row');\n".repeat(rows)), ...dump])
    expect(await textOf(bytes)).toContain('CREATE TABLE customers (id INT);\n')
  }
})

test('reads lines in an older encoding between lines in UTF-8', async () => {
  const older = (text: string) => Buffer.from(text, 'latin1')
  const mixed = [Buffer.from('# naïve – 日本\n'), older('# Stra\u00dfe pr\u00fcfen\n'), Buffer.from('# größer\n')]
  expect(await textOf(Buffer.concat(mixed))).toBe('# naïve – 日本\n# Straße prüfen\n# größer\n')
  const russian = hex('23 20 cd e0 eb ee e3 20 ed e0 20 ef f0 e8 e1 fb eb fc 0a'.replaceAll(' ', ''))
  const known = '# Проверка суммы и валюты заказа\n'.repeat(3)
  expect(await textOf(Buffer.concat([Buffer.from(known), russian]))).toBe(`${known}# Налог на прибыль\n`)
})

test('loses only the invalid bytes of a text', async () => {
  expect(await textOf(Buffer.concat([Buffer.from('// naïve – 日本\n'), hex('ff'), Buffer.from(' end')]))).toBe(
    '// naïve – 日本\n\uFFFD end',
  )
  expect(await textOf(Buffer.from("split('\0')\n"))).toBe("split('\uFFFD')\n")
  expect(await textOf(Buffer.from('src/a.ts\0src/indexing/b.ts\0test/service/c.ts\0'))).toContain('src/indexing/b.ts')
})

test('does not take programs, images and compressed data for text', async () => {
  const compressed = gzipSync(Buffer.from(Array.from({ length: 9000 }, (_, at) => `${at * at}`).join()))
  const samples = Buffer.alloc(20_000)
  for (let at = 0; at < samples.length; at += 2) samples.writeInt16LE((at * 7) % 300, at)
  for (const bytes of [readFileSync(process.execPath).subarray(0, 1e6), compressed, samples, Buffer.alloc(5000)]) {
    expect(await sourceText(bytes)).toBeUndefined()
  }
})

test('takes empty and blank files for text', async () => {
  expect(await textOf(Buffer.alloc(0))).toBe('')
  expect(await textOf(Buffer.from(' \n\t\n'))).toBe(' \n\t\n')
})

test('treats lone carriage returns as line ends', async () => {
  const source = await sourceText(Buffer.from('first\rsecond\r'))
  expect(source?.lines.count).toBe(2)
  expect(Buffer.from(source?.utf8 ?? []).toString()).toBe('first\nsecond\n')
})

test('recognises ISO-2022-KR, and the Windows encoding of the Baltic languages', async () => {
  const korean = hex('2f2f201b2429430e3a713950397848230f200e482e404e0f0a')
  expect(await textOf(korean)).toBe('// 비밀번호 확인\n')
  const lithuanian = hex('2f2f206e6175646f746f6a6f20736c61707461fe6f64697320e17665736b6974652069f0206e61756a6f0a')
  expect(await textOf(lithuanian)).toBe('// naudotojo slaptažodis įveskite iš naujo\n')
  const icelandic = Buffer.from('// það er villa í þessu orði, reyndu aftur síðar\n', 'latin1')
  expect(await textOf(icelandic)).toBe('// það er villa í þessu orði, reyndu aftur síðar\n')
})
