import { expect, test } from 'vitest'
import { chunksOf } from '../../../service/indexing/chunks/chunker.ts'
import { scriptsOf } from '../../../service/indexing/chunks/components.ts'
import { grammarOf } from '../../../service/indexing/chunks/grammars.ts'
import { TextLines } from '../../../service/indexing/chunks/text-lines.ts'
import { languageOf } from '../../../service/indexing/files/languages.ts'

async function definitionsIn(path: string, text: string): Promise<string[]> {
  const language = languageOf(path, text)
  const chunks = chunksOf(new TextLines(text), { language, grammar: await grammarOf(path, language) })
  return chunks.flatMap(({ definitions }) => definitions.map(({ symbol, line }) => `${line} ${symbol}`))
}

test.for([
  [
    'a.sql',
    'create table if not exists shop."order" (\n);\nCREATE OR REPLACE FUNCTION refund() RETURNS void',
    '1 shop.order',
    '3 refund',
  ],
  [
    'a.sql',
    'create materialized view sales as select 1;\ncreate unique index concurrently by_day on t (d);',
    '1 sales',
    '2 by_day',
  ],
  [
    'a.proto',
    'message Order {\n}\nservice Shop {\n  rpc Refund(Order) returns (Order);\n}',
    '1 Order',
    '3 Shop',
    '4 Refund',
  ],
  ['a.graphql', 'type Order {\n  id: ID\n}\nfragment Totals on Order { id }', '1 Order', '4 Totals'],
  ['main.tf', 'resource "aws_s3_bucket" "logs" {\n}\nvariable "region" {}', '1 aws_s3_bucket.logs', '3 region'],
  ['Dockerfile', 'FROM node AS build\nARG VERSION\nFROM scratch', '1 build', '2 VERSION'],
  ['compose.yaml', 'services:\n  web:\n    image: x\nvolumes: {}', '1 services', '2 web', '4 volumes'],
  ['a.lua', 'local function open() end\nfunction Door:close() end', '1 open', '2 Door:close'],
  ['a.ex', 'defmodule Shop.Order do\n  def refund(order) do\n  end\nend', '1 Shop.Order', '2 refund'],
  ['A.m', '@implementation Sheet\n- (void)present:(int)x {\n}\n@end', '1 Sheet', '2 present'],
  ['a.v', 'Lemma plus_zero : True.\nProof. trivial. Qed.', '1 plus_zero'],
  ['a.hs', 'module A where\n\nrefund :: Order -> Order\nrefund = id', '3 refund'],
  ['a.dart', 'class Door {\n  Future<void> open(int x) async {\n  }\n}', '1 Door', '2 open'],
] as const)('finds definitions in %s by their lines: %j', async ([path, text, ...found]) => {
  expect(await definitionsIn(path, text)).toEqual(found)
})

test.for([
  ['a.kt', 'fun interface Rule {\n  fun price(amount: Int): Int\n}\n', 'Rule'],
  ['a.scala', 'object Palette:\n  enum Shade:\n    case Light\n', 'Shade'],
  ['a.scala', 'given order: Ordering[Shade] = ???\n', 'order'],
  ['a.swift', 'actor Ledger {\n  func add() {}\n}\n', 'Ledger'],
] as const)('finds what the grammar for %s does not know: %j', async ([path, text, name]) => {
  expect((await definitionsIn(path, text)).map((each) => each.split(' ')[1])).toContain(name)
})

test('finds what a macro of Rust defines, and takes no block of members for the definition of its type', async () => {
  const text = 'define! {\n    pub struct Refused;\n}\nstruct Door;\nimpl Door {\n    fn open(&self) {}\n}\n'
  expect(await definitionsIn('a.rs', text)).toEqual(['4 Door', '6 Door.open', '2 Refused'])
})

test.for([
  [
    'A.vue',
    '<template>\n  <b>{{ x }}</b>\n</template>\n<script setup lang="ts">\nfunction pay(x: number) {}\n</script>\n',
    '5 pay',
  ],
  ['A.svelte', '<script>\n  export function pay() {}\n</script>\n<p>pay</p>\n', '2 pay'],
  [
    'a.astro',
    '---\nconst pay = () => 1\n---\n<p>pay</p>\n<script>\nfunction ship() {}\n</script>\n',
    '2 pay',
    '6 ship',
  ],
] as const)('finds definitions in the scripts of %s', async ([path, text, ...found]) => {
  expect(await definitionsIn(path, text)).toEqual(found)
})

test('keeps markup before a script in chunks of its own', async () => {
  const markup = Array.from({ length: 100 }, (_, at) => `  <p>A paragraph, the ${at}th of a long page</p>`)
  const text = ['<template>', ...markup, '</template>', '<script>', 'function pay() {}', '</script>'].join('\n')
  const chunks = chunksOf(new TextLines(text), { language: 'vue', grammar: await grammarOf('a.vue', 'vue') })
  expect(chunks.flatMap(({ startLine, symbol }) => (symbol === 'pay' ? [startLine > 1] : []))).toEqual([true])
  expect(chunks.length).toBeGreaterThan(2)
})

test.each([
  ['elements that are never closed', '<script>'.repeat(100_000), ''],
  ['tags that are never closed', '<script '.repeat(100_000), ''],
  ['ends that are none', `<script>${'</script '.repeat(100_000)}`, ''],
  ['dashes', `---\n${'--- \n'.repeat(100_000)}`, '---'],
])('scripts are looked for in one pass, whatever there is of %s', (_, text, scripts) => {
  expect(scriptsOf(new TextLines(text), 'astro').trim()).toBe(scripts)
})
