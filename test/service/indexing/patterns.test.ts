import { expect, test } from 'vitest'
import { chunksOf } from '../../../service/indexing/chunks/chunker.ts'
import { scriptsOf } from '../../../service/indexing/chunks/components.ts'
import { PATTERNS } from '../../../service/indexing/chunks/definition-patterns.ts'
import { grammarOf } from '../../../service/indexing/chunks/grammars.ts'
import { inAnyScript } from '../../../service/indexing/chunks/patterns.ts'
import { TextLines } from '../../../service/indexing/chunks/text-lines.ts'
import { definitionsIn } from './definitions-in.ts'

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
    '4 Shop.Refund',
  ],
  ['a.graphql', 'type Order {\n  id: ID\n}\nfragment Totals on Order { id }', '1 Order', '2 Order.id', '4 Totals'],
  ['main.tf', 'resource "aws_s3_bucket" "logs" {\n}\nvariable "region" {}', '1 aws_s3_bucket.logs', '3 var.region'],
  ['Dockerfile', 'FROM node AS build\nARG VERSION\nFROM scratch', '1 build', '2 VERSION'],
  [
    'compose.yaml',
    'services:\n  web:\n    image: x\nvolumes: {}',
    '1 services',
    '2 web',
    '2 services.web',
    '3 services.web.image',
    '4 volumes',
  ],
  ['a.lua', 'local function open() end\nfunction Door:close() end', '1 open', '2 Door.close'],
  ['a.ex', 'defmodule Shop.Order do\n  def refund(order) do\n  end\nend', '1 Shop.Order', '2 Shop.Order.refund'],
  ['A.m', '@implementation Sheet\n- (void)present:(int)x {\n}\n@end', '1 Sheet', '2 Sheet.present'],
  ['a.v', 'Lemma plus_zero : True.\nProof. trivial. Qed.', '1 plus_zero'],
  ['a.hs', 'module A where\n\nrefund :: Order -> Order\nrefund = id', '1 A', '3 refund', '4 refund'],
  ['a.dart', 'class Door {\n  Future<void> open(int x) async {\n  }\n}', '1 Door', '2 Door.open'],
  ['a.zig', 'pub fn open() void {}\nconst Door = struct {};\npub const limit: u32 = 3;', '1 open', '2 Door', '3 limit'],
  ['a.nim', 'proc open*(d: Door) = discard\ntype\n  Door* {.inheritable.} = ref object of RootObj', '1 open', '3 Door'],
  ['a.R', 'open_door <- \\(d) d\nDoor <- R6Class("Door")\n"shut" <- function(d) d', '1 open_door', '2 Door', '3 shut'],
  [
    'a.jl',
    'Base.@kwdef struct Door\nend\nopen!(d::Door) where {T} = d\n@enum Kind small large',
    '1 Door',
    '3 open!',
    '4 Kind',
    '4 Kind.small',
    '4 Kind.large',
  ],
  ['a.erl', '-record(door, {width}).\nopen(Door, Key)\n  when Key > 0 ->\n    ok.', '1 door', '1 door.width', '2 open'],
  [
    'a.fs',
    'type Door() =\n  member this.Open() = 1\n  abstract member Shut : unit -> unit',
    '1 Door',
    '2 Door.Open',
    '3 Door.Shut',
  ],
  [
    'a.ml',
    'class virtual door = object\n  method shut x = x\nend\nlet%lwt fetch () = ()',
    '1 door',
    '2 door.shut',
    '4 fetch',
  ],
  [
    'a.cbl',
    '       PROGRAM-ID. OPEN-DOOR.\n       01 WS-KEY PIC 9.\n       SHUT-DOOR.\n           STOP RUN.',
    '1 OPEN-DOOR',
    '2 WS-KEY',
    '3 SHUT-DOOR',
  ],
  [
    'a.f90',
    'type, extends(base) :: door\nend type door\npure real(8) function width(d) result(w)\nend function',
    '1 door',
    '3 width',
  ],
  ['a.vb', 'Public Class Door\n  Private Sub Shut()\n  End Sub\nEnd Class', '1 Door', '2 Door.Shut'],
  ['a.sol', 'uint256 public constant MAX = 2;\nmapping(address => uint256) public doors;', '1 MAX', '2 doors'],
  ['a.sv', '`define WIDTH 2\ntypedef struct packed { logic a; } door_s;', '1 WIDTH', '2 door_s'],
  ['CMakeLists.txt', 'add_library(\n  doors STATIC a.c)\nset(WIDTH 2)', '2 doors', '3 WIDTH'],
  ['a.css', '.door-card {\n}\n@keyframes swing { from {} }', '1 door-card', '3 swing'],
  ['a.html', '<main>\n<section id="door-panel">\n</section>\n</main>', '2 door-panel'],
  [
    'package.json',
    '{\n  "scripts": {\n    "open-door": "node a.js"\n  },\n  "dependencies": {\n    "left": "1.0.0"\n  }\n}',
    '3 open-door',
    '6 dependencies.left',
  ],
  [
    'api.json',
    '{\n  "paths": {\n    "/doors": {\n      "get": {\n        "operationId": "listDoors"\n      }\n    }\n  }\n}',
    '5 listDoors',
  ],
  ['api.yaml', 'paths:\n  /doors:\n    get:\n      operationId: listDoors\n', '1 paths', '4 listDoors'],
  ['a.pas', 'type\n  TDoor = class(TObject)\n  end;', '2 TDoor'],
  ['a.nix', '{\n  openDoor = d: d;\n  door = pkgs.stdenv.mkDerivation { };\n}', '2 openDoor', '3 door'],
  ['Justfile', 'open-door key="1":\n    echo', '1 open-door'],
  ['a.elm', 'openDoor : Door -> Door\nport shut : Door -> Cmd msg', '1 openDoor', '2 shut'],
  ['a.clj', '(s/defn open-door :- s/Int [d] d)\n(def ^:private width 2)', '1 open-door', '2 width'],
  ['a.d', 'struct Door(T) {\n}\nbool shut(ref Door d) pure nothrow {\n}', '1 Door', '3 shut'],
  [
    'a.dart',
    'Future<void> shutDoor(\n  int key,\n) async {\n}\nextension type Key(int value) {}',
    '1 shutDoor',
    '5 Key',
  ],
] as const)('finds definitions in %s by their lines: %j', async ([path, text, ...found]) => {
  expect(await definitionsIn(path, text)).toEqual(found)
})

test.for([
  ['a.kt', 'fun interface Rule {\n  fun price(amount: Int): Int\n}\n', 'Rule'],
  ['a.scala', 'object Palette:\n  enum Shade:\n    case Light\n', 'Palette.Shade'],
  ['a.scala', 'given order: Ordering[Shade] = ???\n', 'order'],
  ['a.swift', 'actor Ledger {\n  func add() {}\n}\n', 'Ledger'],
] as const)('finds what the grammar for %s does not know: %j', async ([path, text, name]) => {
  expect((await definitionsIn(path, text)).map((each) => each.split(' ')[1])).toContain(name)
})

test.for([
  [
    'A.java',
    'class Door {\n  static final int WIDTH = 2;\n  enum State { OPEN, SHUT }\n}\n',
    'Door.WIDTH',
    'Door.State.OPEN',
  ],
  [
    'a.cs',
    'class Door {\n  public event EventHandler Opened;\n}\nenum State { Open, Shut }\n',
    'Door.Opened',
    'State.Shut',
  ],
  ['a.ts', 'enum State { Open = 1, Shut }\nclass Door {\n  width = 2\n}\n', 'State.Open', 'State.Shut', 'Door.width'],
  ['a.rs', 'enum State { Open, Shut(u32) }\nimpl Door {\n  const WIDTH: u32 = 2;\n}\n', 'State.Shut', 'Door.WIDTH'],
  ['a.cpp', 'enum class State { Open, Shut };\n', 'State.Open', 'State.Shut'],
  ['a.kt', 'enum class State { OPEN }\nclass Door(val width: Int)\n', 'State.OPEN', 'Door.width'],
  ['a.swift', 'enum State { case open }\nstruct Door {\n  var width = 2\n}\n', 'State.open', 'Door.width'],
  ['a.php', '<?php\nclass Door {\n  const LIMIT = 2;\n  public ?int $width;\n}\n', 'Door.LIMIT', 'Door.width'],
  ['a.py', 'class Door:\n    width = 2\n', 'Door.width'],
  ['a.rb', 'class Door\n  attr_reader :width, :height\n  scope :wide, -> { x }\nend\n', 'Door.height', 'Door.wide'],
  ['a.vue', '<script>\nexport default {\n  methods: {\n    shut() {}\n  }\n}\n</script>\n', 'shut'],
  ['a.go', 'type Door struct {\n\tWidth, Height int\n\tlock *Lock `json:"lock"`\n}\n', 'Door.Height', 'Door.lock'],
  ['a.rs', 'pub struct Door<T> {\n    pub width: u32,\n    lock: T,\n}\n', 'Door.width', 'Door.lock'],
  [
    'a.c',
    'typedef struct {\n\tint width, *lock;\n} door_t;\nstruct gate { int height; };\n',
    'door_t.lock',
    'gate.height',
  ],
  [
    'a.hpp',
    'class Door {\n  std::vector<int> keys_;\n  static const int kWidth = 2;\n};\n',
    'Door.keys_',
    'Door.kWidth',
  ],
  [
    'b.ts',
    'interface Door { readonly width: number }\ntype Gate = {\n  height?: number\n}\n',
    'Door.width',
    'Gate.height',
  ],
  ['b.py', 'class Door:\n    def __init__(self, w):\n        if w:\n            self.width: int = w\n', 'Door.width'],
  ['b.cs', 'public record Door(int Width, string Name);\n', 'Door.Width', 'Door.Name'],
  [
    'b.rb',
    'class Door < Model\n  enum :state, [:open]\n  def_delegators :@lock, :turn, :shut\nend\n',
    'Door.state',
    'Door.shut',
  ],
  [
    'b.sql',
    'create table doors (\n  id bigint primary key,\n  "width" numeric(10, 2)\n);\n',
    'doors.id',
    'doors.width',
  ],
  ['a.prisma', 'model Door {\n  id Int @id\n  keys Key[]\n}\n', 'Door.id', 'Door.keys'],
  ['a.thrift', 'struct Door {\n  1: required i32 width;\n}\n', 'Door.width'],
  [
    'a.hs',
    'data Shape = Round Int | Flat\ndata Term a where\n  Lit :: Int -> Term Int\n',
    'Shape.Round',
    'Shape.Flat',
    'Term.Lit',
  ],
  ['a.elm', 'type Msg\n    = Opened Int\n    | Shut\ntype State = Wide | Small\n', 'Msg.Shut', 'State.Small'],
  [
    'a.fs',
    'type Shape =\n    | Round of float\n[<Measure>] type m\nlet (|Odd|Even|) n = Odd\n',
    'Shape.Round',
    'm',
    'Even',
  ],
  ['a.clj', '(defrecord Door [w]\n  Lock\n  (turn-key [_ k]\n    (let [x k]\n      x)))\n', 'Door.turn-key'],
  [
    'b.dart',
    'final doors = <int>[];\nclass Door {\n  int width = 2;\n  void shut() {\n    int local = 1;\n  }\n}\n',
    'doors',
    'Door.width',
  ],
  ['b.nim', 'const\n  Width* = 2\n  Height = 3\nproc `+`*(a, b: Door): Door = a\n', 'Width', 'Height', '+'],
  ['a.pl', 'package Door;\nuse constant {\n    WIDTH => 2,\n    HEIGHT => 3,\n};\n', 'Door.WIDTH', 'Door.HEIGHT'],
  [
    'a.cr',
    'class Door\n  property width : Int32\n  def self.open(x)\n  end\n  def +(other)\n  end\nend\n',
    'Door.width',
    'Door.open',
    'Door.+',
  ],
  [
    'a.groovy',
    'class Door {\n    static final int WIDTH = 2\n    String name\n    void "shuts"() {\n    }\n}\n',
    'Door.WIDTH',
    'Door.name',
    'Door.shuts',
  ],
  ['a.ps1', 'class Door {\n    [int]$Width\n    Door([int]$w) { }\n}\nSet-Alias od Open-Door\n', 'Door.Width', 'od'],
  [
    'a.vb',
    'Class Door\n    Public ReadOnly Property Width As Integer\n    Public Shared Operator +(a As Door, b As Door) As Door\nEnd Class\n',
    'Door.Width',
    'Door.+',
  ],
  [
    'a.pas',
    'type\n  TDoor = class\n  private\n    FWidth: Integer;\n  public\n    procedure Shut;\n  end;\n',
    'TDoor.FWidth',
    'TDoor.Shut',
  ],
  [
    'a.adb',
    'package body House is\n   type Door is record\n   end record;\n   function "+" (A, B : Door) return Door is (A);\nend House;\n',
    'House.Door',
    'House.+',
  ],
  [
    'a.f90',
    'type :: door_t\n  integer :: width\ncontains\n  procedure :: shut => shut_door\nend type\n',
    'door_t.shut',
  ],
  [
    'a.sv',
    'module door;\n  parameter int WIDTH = 8;\n  localparam DEPTH = 4;\nendmodule\n',
    'door.WIDTH',
    'door.DEPTH',
  ],
  ['a.gleam', 'pub type Door {\n  Wide(width: Int)\n  Small\n}\n', 'Door.Wide', 'Door.Small'],
  [
    'b.scala',
    'trait Lock:\n  def turn(k: Key): Unit\n  val teeth: Int\nenum Tone(val rgb: Int):\n  case Red extends Tone(1)\n',
    'Lock.turn',
    'Tone.Red',
  ],
] as const)('finds fields and members in %s: %j', async ([path, text, ...names]) => {
  const found = (await definitionsIn(path, text)).map((each) => each.split(' ')[1])
  expect(names.filter((name) => !found.includes(name))).toEqual([])
})

test.for([
  [
    'Main.lean',
    'theorem door_shuts (d : Door) : d.isShut := by\n  simp\nstructure Door where\n',
    '1 door_shuts',
    '3 Door',
  ],
  ['a.cairo', 'mod house {\n    fn shut(ref self: State) {}\n}\n', '1 house', '2 house.shut'],
  ['a.vy', 'event Shut:\n    who: address\n@external\ndef shut(door: uint256):\n    pass\n', '1 Shut', '4 shut'],
  ['a.tsp', 'model Door {\n}\nop shut(id: string): void;\n', '1 Door', '3 shut'],
  ['a.raku', 'class Door {\n    has Int $.width;\n    method shut() { }\n}\n', '1 Door', '2 Door.width', '3 Door.shut'],
  ['a.jsonnet', 'local shut(door) = door;\n{\n  wide:: 2,\n}\n', '1 shut', '3 wide'],
  ['Door.qml', 'Item {\n    property int width: 2\n    function shut() { }\n}\n', '2 width', '3 shut'],
  ['a.sml', 'structure Door = struct\n  fun shut d = d\nend\n', '1 Door', '2 Door.shut'],
  ['a.ftl', '<#macro shut door>\n</#macro>\n', '1 shut'],
  ['a.ll', 'define i32 @shut(i32 %x) {\n}\n', '1 shut'],
  ['a.as', 'public class Door {\n  public function shut():void {}\n}\n', '1 Door', '2 Door.shut'],
  ['a.ahk', 'class Door {\n  Shut(x) {\n  }\n}\n', '1 Door', '2 Door.Shut'],
] as const)('finds definitions in the small language of %s: %j', async ([path, text, ...found]) => {
  expect(await definitionsIn(path, text)).toEqual(found)
})

test.for([
  ['a.dart', 'class Door {\n  void shut() {\n    int local = 1;\n  }\n}\n', 'local'],
  ['a.clj', '(defn shut [d]\n  (turn-key [d]))\n', 'turn-key'],
  ['a.hs', 'shut x\n  | Just y <- x = y\n  | True = x\n', 'Just'],
  ['a.py', 'class Door:\n    def shut(self):\n        self.late = 1\n', 'late'],
  ['a.swift', 'class Door {\n  class func make() -> Door { Door() }\n}\n', 'func'],
] as const)('takes nothing in %s for a definition that only looks like one: %j', async ([path, text, name]) => {
  const found = await definitionsIn(path, text)
  expect(found.filter((each) => each.endsWith(`.${name}`) || each.endsWith(` ${name}`))).toEqual([])
})

test.for([
  ['python', 'def shut(door):\n', '    pass\n'],
  ['R', 'shut <- function(door) {\n', '}\n'],
  ['julia', 'function shut(door)\n', 'end\n'],
  ['typescript', 'function shut(door: Door) {\n', '}\n'],
])('finds the definitions in notebook cells in %s, on the lines of the JSON', async ([language, ...source]) => {
  const code = { cell_type: 'code', metadata: {}, outputs: [], source: ['%time\n', ...source] }
  const text = JSON.stringify(
    {
      cells: [{ cell_type: 'markdown', source: ['def prose(): pass'] }, code],
      metadata: { language_info: { name: language } },
    },
    null,
    1,
  )
  const chunks = chunksOf(new TextLines(text), {
    language: 'notebook',
    grammar: await grammarOf('a.ipynb', 'notebook', text),
  })
  const line = text.split('\n').findIndex((each) => each.includes('shut')) + 1
  expect(chunks.flatMap(({ definitions }) => definitions)).toMatchObject([{ symbol: 'shut', line }])
})

test('finds the definitions of a Rust macro, and does not take a block of members for the definition of its type', async () => {
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

test.for([
  ['a.jl', 'function σ(x)\nend\nΔt(x) = x\nstruct Größe\nend\n', '1 σ', '3 Δt', '4 Größe'],
  ['a.lua', 'function Модуль.счёт(x)\nend\nlocal größe = function() end\n', '1 Модуль.счёт', '3 größe'],
  ['a.proto', 'message 注文 {\n}\n', '1 注文'],
  ['a.sql', 'create table сотрудник (id int);\n', '1 сотрудник'],
  ['a.ex', 'def größe?(x), do: x\n', '1 größe?'],
  ['a.hs', 'データ :: Int\n', '1 データ'],
] as const)('finds names in any script that %s defines', async ([path, text, ...found]) => {
  expect(await definitionsIn(path, text)).toEqual(found)
})

test('every pattern has a form for names in any script', () => {
  for (const patterns of Object.values(PATTERNS)) {
    for (const [, pattern] of patterns) expect(inAnyScript(pattern).unicode).toBe(true)
  }
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
])('scripts are found in one pass, however much there is of %s', (_, text, scripts) => {
  expect(scriptsOf(new TextLines(text), 'astro').trim()).toBe(scripts)
})
