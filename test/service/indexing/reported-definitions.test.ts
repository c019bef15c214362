import { describe, expect, test } from 'vitest'
import { withoutMacros } from '../../../service/indexing/chunks/macro-lines.ts'
import { languageOf } from '../../../service/indexing/files/languages.ts'
import { definitionsIn } from './definitions-in.ts'

describe('a definition has the name of its owner even if only indentation shows it', () => {
  test.for([
    [
      'a.proto',
      'service Orders {\n  rpc Get(A) returns (B);\n}\nmessage A {\n  message Line {\n  }\n}',
      '2 Orders.Get',
      '5 A.Line',
    ],
    [
      'a.graphql',
      'type Mutation {\n  pay(id: ID!): Order\n}\nenum State {\n  OPEN\n}',
      '2 Mutation.pay',
      '5 State.OPEN',
    ],
    [
      'a.sol',
      'contract Token {\n  function mint(address to) public {\n  }\n}\nfunction free() {}',
      '2 Token.mint',
      '5 free',
    ],
    ['a.dart', 'class Door\n{\n  void open() {}\n}\nvoid main() {}', '3 Door.open', '5 main'],
    ['a.ps1', 'class Door {\n  [void] Open([int]$k) {\n  }\n}\nfunction Get-Door {}', '2 Door.Open', '5 Get-Door'],
    ['a.zig', 'pub const Door = struct {\n  pub fn open() void {}\n};\npub fn main() void {}', '2 Door.open', '4 main'],
    [
      'a.m',
      '#import "a.h"\n@implementation Door\n- (void)open:(int)a {\n}\n@end\nvoid free(void) {\n}',
      '3 Door.open',
      '6 free',
    ],
  ])('%j', async ([path, text, ...names]) => {
    expect(await definitionsIn(path as string, text as string)).toEqual(expect.arrayContaining(names))
  })

  test('but not that of a type that has ended', async () => {
    const text = 'class A\n  sub x()\n  end sub\nend class\nif y then\n  sub z()\n'
    expect(await definitionsIn('a.vb', text)).toEqual(['1 A', '2 A.x', '6 z'])
  })
})

test.for([
  ['a.py', 'LOW, HIGH = 1, 2\n(WIDE, TALL) = 3, 4\nONE = TWO = 5', '1 LOW', '1 HIGH', '2 TALL', '3 ONE', '3 TWO'],
  [
    'a.js',
    'function Store(db) {\n  this.add = () => {\n  }\n  var self = this\n  self.get = function () {}\n}',
    '2 Store.add',
    '5 Store.self.get',
  ],
  [
    'a.rb',
    'Point = Struct.new(:x) do\n  def sum\n  end\nend\nclass A\n  delegate :b, :c, to: :d\nend',
    '2 Point.sum',
    '6 A.b',
    '6 A.c',
  ],
  [
    'a.rake',
    'namespace :db do\n  task seed: :environment do\n  end\n  task :plain do\n  end\nend',
    '2 db.seed',
    '4 db.plain',
  ],
  ['spec.rb', "describe 'x' do\n  let(:user) { 1 }\n  subject(:order) { 2 }\nend", '2 user', '3 order'],
  ['a.php', '<?php\nreturn new class extends Migration {\n  public function up(): void {}\n};', '3 up'],
  ['a.php', '<?php\nclass A {\n  public function __construct(\n    private string $name,\n  ) {}\n}', '4 A.name'],
  ['A.java', 'record Circle(double radius, int id) {}', '1 Circle', '1 Circle.radius', '1 Circle.id'],
  [
    'a.rs',
    'lazy_static! {\n    static ref CACHE: u8 = 1;\n}\nthread_local! {\n    static LOCAL: u8 = 1;\n}',
    '2 CACHE',
    '5 LOCAL',
  ],
  ['a.c', 'typedef enum { OPEN, SHUT } state_t;\nenum { ONE = 1, TWO };', '1 state_t', '1 state_t.SHUT', '2 TWO'],
  ['a.c', 'void FTNC(set_argv)(double *value)\n{\n}', '1 set_argv'],
  ['a_test.cc', 'TEST_F(StoreTest, HandlesEmpty) {\n}\nTEST(Cart, Adds) {}', '1 StoreTest.HandlesEmpty', '3 Cart.Adds'],
  ['a.hs', 'data Tree a\n  = Leaf\n  | Node (Tree a)', '2 Tree.Leaf', '3 Tree.Node'],
  ['a.ml', 'type tree =\n  | Leaf\n  | Node of tree\nlet f = function\n  | Leaf -> 1', '2 tree.Leaf', '3 tree.Node'],
  [
    'a.R',
    '`my mean` <- function(x) x\nA <- R6Class("A",\n  private = list(run = function() 1)\n)',
    '1 my mean',
    '3 A.run',
  ],
  ['A.m', '#import "a.h"\ntypedef void (^Done)(int);\nNSString *const kName = @"x";', '2 Done', '3 kName'],
  [
    'a.dart',
    'class A {\n  factory A.fromJson(Map j) {\n  }\n  A.named(this.x);\n  Future<int> fetch();\n}',
    '2 A.fromJson',
    '4 A.named',
    '5 A.fetch',
  ],
  ['a.sh', "alias ll='ls -l'", '1 ll'],
  ['a.sql', 'CREATE TABLE "Order Lines" (a int);\nCREATE RULE r AS ON INSERT TO x DO NOTHING;', '1 Order Lines', '2 r'],
  ['a.nix', '{\n  services.nginx.enable = true;\n}', '2 services.nginx.enable'],
  ['Form1.frm', 'VERSION 5.00\nPublic total As Long\nPrivate Sub Save_Click()\nEnd Sub', '2 total', '3 Save_Click'],
  ['a.p', 'PROCEDURE getCustomer:\nEND PROCEDURE.\nFUNCTION sum RETURNS INTEGER:', '1 getCustomer', '3 sum'],
  ['a.mojo', 'fn add(x: Int) -> Int:\n    return x\nstruct Pair:\n    fn get(self): pass', '1 add', '4 Pair.get'],
  [
    'core.clj',
    '(ns shop.core)\n(defn add! [c] c)\n(defprotocol Priced\n  (price [this]))\n(defn total [c] c)',
    '1 shop.core',
    '2 shop.core.add!',
    '3 shop.core.Priced',
    '4 shop.core.Priced.price',
    '5 shop.core.total',
  ],
  [
    'Cart.pm',
    'package Shop::Cart;\nsub new { }\npackage Shop::Line;\nsub total {\n}\n',
    '1 Shop.Cart',
    '2 Shop.Cart.new',
    '3 Shop.Line',
    '4 Shop.Line.total',
  ],
  ['cart.erl', '-module(cart).\n-record(item, {a}).\nadd(X) -> X.', '1 cart', '2 cart.item', '3 cart.add'],
  [
    'a.tf',
    'locals {\n  tags = 1\n}\noutput "arn" {\n  value = 1\n}\nvariable "zone" {\n  default = 1\n}',
    '2 local.tags',
    '4 output.arn',
    '7 var.zone',
  ],
  [
    'book.ts',
    'class Book {\n  constructor(\n    private readonly pages: number,\n    plain: string,\n  ) {}\n}',
    '1 Book',
    '2 Book.constructor',
    '3 Book.pages',
  ],
  ['vec.rb', 'class Vec\n  def <=>(o)\n  end\n  def []=(i, v)\n  end\nend', '2 Vec.<=>', '4 Vec.[]='],
  ['vec.swift', 'struct Vec {\n  static func <~> (l: Vec, r: Vec) -> Vec { l }\n}', '2 Vec.<~>'],
  ['vec.cpp', 'struct Vec {\n  operator bool() const { return 1; }\n};', '2 Vec.operator bool'],
  ['Vec.hs', '(<+>) :: Vec -> Vec -> Vec\na <+> b = a\na |> f = f a', '1 <+>', '2 <+>', '3 |>'],
  ['vec.ml', 'let ( >>= ) m f = f m\nlet ( let* ) = bind', '1 >>=', '2 let*'],
  ['vec.fs', 'let (>=>) f g x = g (f x)', '1 >=>'],
  ['vec.ex', 'defmodule Vec do\n  def a <~> b, do: a\nend', '2 Vec.<~>'],
  ['vec.jl', 'Base.:+(a::V, b::V) = a\nfunction Base.:(==)(a::V, b::V)\nend', '1 Base.+', '2 Base.=='],
  [
    'vec.dart',
    'class Vec {\n  int operator [](int i) => i;\n  Vec operator +(Vec o) => o;\n}',
    '2 Vec.operator[]',
    '3 Vec.operator+',
  ],
  ['a.pli', 'CALC: PROC(X) RETURNS(FIXED);\nEND CALC;', '1 CALC'],
  ['a.mq5', 'void OnTick()\n{\n}', '1 OnTick'],
  ['a.js', '(function ($) {\n  function inner() {}\n  $.fn.tip = function () {}\n})(jQuery)', '2 inner', '3 $.fn.tip'],
  ['a.js', 'define(["a"], (a) => {\n  const fetchAll = async () => {}\n  return fetchAll\n})', '2 fetchAll'],
  ['a.ts', 'export const useStore = create((set) => ({\n  add: () => set(1),\n}))', '1 useStore', '2 useStore.add'],
  ['a.ts', 'export const slice = createSlice({\n  reducers: {\n    add(state) {},\n  },\n})', '3 slice.add'],
  ['a.ts', 'export default defineComponent({\n  methods: {\n    save() {\n    },\n  },\n})', '3 save'],
  [
    'a.tsx',
    'const Page = memo(forwardRef((p, ref) => {\n  const onSave = useCallback(() => {}, [])\n  const onEnd = async () => {}\n}))',
    '2 Page.onSave',
    '3 Page.onEnd',
  ],
  ['a.tsx', 'function Page() {\n  const onSubmit = (e: Event) => {\n  }\n  return 1\n}', '2 Page.onSubmit'],
  ['a.py', 'match mode:\n    case 1:\n        def inner(): pass', '3 inner'],
  ['spec.rb', 'RSpec.describe Cart do\n  def build\n  end\nend', '2 build'],
  ['a.php', '<?php\nRoute::group([], function () {\n  class Late { function run() {} }\n});', '3 Late.run'],
  ['a.swift', 'enum Door: String {\n  case open, shut\n}', '2 Door.open', '2 Door.shut'],
  ['a.kt', 'val String.lastOne: Char get() = last()', '1 String.lastOne'],
  ['A.hs', 'data Job = Job { name, kind :: String, size :: Int }', '1 Job.name', '1 Job.kind', '1 Job.size'],
  ['A.hs', 'data Job = Job\n  { size :: Int\n  , name, kind :: String\n  }', '2 Job.size', '3 Job.name', '3 Job.kind'],
  ['a.ml', 'type job = { mutable name : string; size : int }', '1 job.name', '1 job.size'],
  ['a.fs', 'type Job = { Name: string; Size: int }', '1 Job.Name', '1 Job.Size'],
  ['a.css', '.primary, a.link:hover { }\n.card .title,\n.card .sub {\n}', '1 primary', '1 link', '2 title', '3 sub'],
  ['Makefile', 'unit e2e: build\n.PHONY: unit', '1 unit', '1 e2e'],
  ['a.lua', 'local on = {\n  ["click-end"] = function() end,\n}', '2 click-end'],
  ['a.R', 'assign("pay", function() 1)', '1 pay'],
  ['a.sql', 'CREATE PACKAGE BODY shop AS\n  PROCEDURE pay IS\n  BEGIN NULL; END;\nEND;', '2 pay'],
  ['a.sql', 'ALTER TABLE ONLY shop.orders ADD COLUMN IF NOT EXISTS note text;', '1 shop.orders.note'],
  ['a.wgsl', '@group(0) @binding(0) var<uniform> camera: Camera;', '1 camera'],
  ['a.rst', 'Guide\n=====\n\nFirst steps\n-----------\n\ntext\n', '1 Guide', '4 First steps'],
  ['a.md', 'Guide\n=====\n\nFirst steps\n---\n\ntext', '1 Guide', '4 First steps'],
  ['a.org', '* Guide\n** TODO First steps :new:', '1 Guide', '2 First steps'],
  ['a.typ', '= Guide\n#let alert(body) = body', '1 Guide', '2 alert'],
  [
    'a.razor',
    '@code {\n  private int count = 0;\n  void Add() { }\n  private async Task<int> Load(int a)\n  {\n  }\n}',
    '2 count',
    '3 Add',
    '4 Load',
  ],
  [
    'a.g4',
    'grammar Sum;\nsum: term+ ;\nterm\n  : INT\n  ;\nfragment DIGIT : [0-9];',
    '1 Sum',
    '2 sum',
    '3 term',
    '6 DIGIT',
  ],
  ['a.y', '%token <s> NUM\n%%\nsum: NUM\n  ;\nterm\n  : sum', '1 NUM', '3 sum', '5 term'],
  ['a.re', 'let make = (~a) => a;\nmodule M = {\n};', '1 make', '2 M'],
  ['a.prolog', ':- module(shop, [pay/1]).\npay(X) :- owes(X).\nfree(tea).', '1 shop', '2 pay', '3 free'],
  ['a.bb', 'SRC_URI:append = " y"\ndo_install() {\n}', '1 SRC_URI', '2 do_install'],
  ['a.robot', '*** Settings ***\nLibrary    Shop\n*** Keywords ***\nOpen Cart\n    Log  y', '4 Open Cart'],
  ['a.nomad', 'job "web" {\n  group "api" {\n  }\n}', '1 job.web', '2 group.api'],
  ['a.wit', 'interface shop {\n  pay: func(sum: u8) -> u8;\n}', '1 shop', '2 shop.pay'],
  ['a.cds', 'entity Books : cuid {\n}\nservice Shop {\n  action buy(id: Integer);\n}', '1 Books', '4 Shop.buy'],
  ['a.kql', 'let late = (x:int) { x };\n.create-or-alter function Late() {}', '1 late', '2 Late'],
])('definitions that people reported as missing are found: %j', async ([path, text, ...names]) => {
  expect(await definitionsIn(path as string, text as string)).toEqual(expect.arrayContaining(names))
})

test.each([
  ['a.md', '---\ntitle: x\nnote: y\n---\n\nsome\nparagraph\n---\n\n- item\n---\n\n```\nCode\n===\n```\n'],
  ['a.md', '| a |\n---\n\n> quote\n---\n\n[a]: b\n---'],
  ['a.rst', '.. note::\n\n  indented\n  --------\n\n=====  =====\n'],
  ['a.css', '@import url(a.b);\n@media (x) {\n  a { transition: opacity .3s, color .2s; }\n}'],
])('what only looks like a title or a selector defines nothing: %j', async (path, text) => {
  expect(await definitionsIn(path, text)).toEqual([])
})

describe('macros of C and C++', () => {
  test('hide no definition behind them', async () => {
    const text = [
      'PXR_NAMESPACE_USING_DIRECTIVE',
      'class SHOP_API Cart : public Base {',
      '  GENERATED_BODY()',
      '  UFUNCTION(BlueprintCallable)',
      '  void Pay();',
      '  Q_INVOKABLE int count();',
      ' signals:',
      '  void changed(int total);',
      '};',
    ]
    const names = ['2 Cart', '5 Cart.Pay', '6 Cart.count', '8 Cart.changed']
    expect(await definitionsIn('cart.hpp', text.join('\n'))).toEqual(names)
  })

  test.each([
    ['enum kind {\n  ONE,\n  LAST\n};'],
    ['int all[] = {\n  FOO\n};'],
    ['STDAPI\nDllMain(HANDLE h)\n{\n}'],
    ['TEST_CASE(adds)\n{\n}'],
    ['struct FOO bar;'],
    ['int f(void)\n  NOEXCEPT\n{\n}'],
  ])('stay if they may be part of the code around them: %j', (text) => {
    expect(withoutMacros(text)).toBe(text)
  })

  test('are replaced by as many blanks', () => {
    const text = 'USTRUCT()\nstruct A_API Row final {\n public slots:\n};\n'
    const plain = withoutMacros(text)
    expect(plain).toHaveLength(text.length)
    expect(plain.split('\n').map((line) => line.trim())).toEqual([
      '',
      'struct       Row final {',
      'public      :',
      '};',
      '',
    ])
  })
})

test.for([
  ['resources/views/home.blade.php', 'blade'],
  ['.dockerignore', 'gitignore'],
  ['events.jsonl', 'json'],
  ['a.feature', 'gherkin'],
  ['app.service', 'ini'],
  ['ru.po', 'gettext'],
  ['.htaccess', 'ini'],
  ['Snakefile', 'python'],
  ['Tiltfile', 'bazel'],
  ['fastlane/Fastfile', 'ruby'],
  ['.zshenv', 'bash'],
  ['.swcrc', 'json'],
  ['shop.code-workspace', 'json'],
  ['shop.nuspec', 'xml'],
  ['base.njk', 'jinja'],
  ['main.tofu', 'terraform'],
  ['main.nf', 'groovy'],
])('a file has the language by which people call it: %j', ([path, language]) => {
  expect(languageOf(path as string)).toBe(language)
})
