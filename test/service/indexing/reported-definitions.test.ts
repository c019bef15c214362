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
])('definitions that people reported as missing are found: %j', async ([path, text, ...names]) => {
  expect(await definitionsIn(path as string, text as string)).toEqual(expect.arrayContaining(names))
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
])('a file has the language by which people call it: %j', ([path, language]) => {
  expect(languageOf(path as string)).toBe(language)
})
