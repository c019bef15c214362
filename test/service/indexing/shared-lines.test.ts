import { describe, expect, test } from 'vitest'
import { definitionsIn } from './definitions-in.ts'

describe('a line may define several names', () => {
  test.for([
    [
      'a.proto',
      'message Seat { string row = 1; oneof fare { int32 cents = 2; } }',
      '1 Seat',
      '1 Seat.row',
      '1 Seat.cents',
    ],
    ['a.graphql', 'type Seat { row: Int! guest(at: Date): Guest }', '1 Seat', '1 Seat.row', '1 Seat.guest'],
    ['a.graphql', 'enum Fare { full HALF @deprecated(reason: "x") }', '1 Fare.full', '1 Fare.HALF'],
    ['a.graphql', 'enum Fare {\n  full\n  half\n}', '2 Fare.full', '3 Fare.half'],
    ['a.css', ':root { --seat-hue: 2; --seat-gap: 3px }', '1 --seat-hue', '1 --seat-gap'],
    ['a.css', '@media print { .seat-map { color: red } }', '1 seat-map'],
    ['a.css', '#seat-plan > .row { }', '1 seat-plan', '1 row'],
    ['a.dart', "enum Fare { full('f'), half('h') }", '1 Fare.full', '1 Fare.half'],
    ['a.dart', "enum Fare {\n  full('f'),\n  half('h');\n}", '2 Fare.full', '3 Fare.half'],
    ['a.zig', 'const Fare = enum { full, half };', '1 Fare.full', '1 Fare.half'],
    ['a.zig', 'const Fault = error{\n    NoSeat,\n};', '2 Fault.NoSeat'],
    ['a.nim', 'type Fare = enum\n  fFull, fHalf', '2 Fare.fFull', '2 Fare.fHalf'],
    ['a.ps1', 'class Seat { [int] RowOf([string]$x) { return 1 } }', '1 Seat.RowOf'],
    ['a.tf', 'locals { seat_count = 3 }', '1 local.seat_count'],
    ['a.rs', 'bitflags! { pub struct Berth: u8 { const UPPER = 1; } }', '1 Berth', '1 UPPER'],
    ['a.erl', '-record(seat, {row = 1, guest :: term()}).', '1 seat.row', '1 seat.guest'],
    ['Dockerfile', 'ENV SEAT_ROWS=3 SEAT_FARE=4', '1 SEAT_ROWS', '1 SEAT_FARE'],
    ['a.pl', 'use constant { FULL => 1, HALF => 2 };', '1 FULL', '1 HALF'],
    ['a.lua', 'local seat = { book = function() end }', '1 book'],
  ])('in %s: %s', async ([path = '', text = '', ...names]) => {
    expect(await definitionsIn(path, text)).toEqual(expect.arrayContaining(names))
  })

  test('and a quoted brace begins no statement', async () => {
    expect(await definitionsIn('a.proto', 'option (note) = "message Seat { string row = 1; }";')).toEqual([])
  })
})

describe('a key of settings is found by those that contain it', () => {
  test.for([
    ['a.yaml', 'seats:\n  upper:\n    row:\n      NIGHT_FARE: 3', '4 seats.upper.row.NIGHT_FARE'],
    ['a.json', '{\n  "seats": { "upper": { "nightFare": 1 } }\n}', '2 seats.upper.nightFare'],
    ['a.json', '{\n  "seat.upper.title": "x"\n}', '2 seat.upper.title'],
    ['a.toml', '[seats.upper]\nfare = 3', '2 seats.upper.fare'],
    ['a.ini', '[seats]\nfare = 3', '2 seats.fare'],
  ])('in %s: %s', async ([path = '', text = '', ...names]) => {
    expect(await definitionsIn(path, text)).toEqual(expect.arrayContaining(names))
  })

  test('unless it is in a list, which is data', async () => {
    expect(await definitionsIn('a.json', '{\n  "guests": [\n    {\n      "seat_row": 1\n    }\n  ]\n}')).toEqual([])
    expect(await definitionsIn('a.yaml', 'guests:\n  - seat_row: 1\n    seat_fare: 2\n')).toEqual(['1 guests'])
  })

  test('up to a number of keys that people write', async () => {
    const keys = Array.from({ length: 5_000 }, (_, at) => `    "seat_${at}": 1`)
    const found = await definitionsIn('a.json', `{\n  "seats": {\n${keys.join(',\n')}\n  }\n}`)
    expect(found.length).toBeGreaterThan(1_000)
    expect(found.length).toBeLessThan(keys.length)
  })
})

describe('names that grammars do not show as definitions are found', () => {
  test.for([
    ['a.js', 'Object.assign(Seat.prototype, {\n  fold() {\n  }\n})', '2 Seat.fold'],
    ['a.js', "Object.defineProperty(exports, 'seatMap', { get: f })", '1 seatMap'],
    ['a.js', "app.component('seat-map', { template: '' })", '1 seat-map'],
    ['a.js', "angular.module('x').controller('SeatCtrl', function () {})", '1 SeatCtrl'],
    ['a.ts', 'const seats = { fares: { half() {} } }', '1 seats.fares.half'],
    ['a.ts', 'class Seat {\n  ["fold"]() {}\n}', '2 Seat.fold'],
    [
      'a.go',
      'package a\ntype Seat struct {\n\tFare struct {\n\t\tCents int\n\t}\n}',
      '3 Seat.Fare',
      '4 Seat.Fare.Cents',
    ],
    ['a.rs', 'enum Fare { Half { cents: u32 } }', '1 Fare.Half', '1 Fare.Half.cents'],
    ['a.rs', 'pub use seat::fold as fold_seat;', '1 fold_seat'],
    [
      'a.rb',
      'Seat = Struct.new(:row, :fare)\nclass Car\n  define_method "fold_seats" do\n  end\nend',
      '1 Seat.fare',
      '3 Car.fold_seats',
    ],
    ['a.cpp', 'Seat::operator bool() const noexcept { return true; }', '1 Seat.operator bool'],
    [
      'a.ex',
      'defmodule Car do\n  @most_seats 3\n  defstruct [:row, fare: 0]\nend',
      '2 Car.most_seats',
      '3 Car.row',
      '3 Car.fare',
    ],
    ['a.ex', 'defmodule Car do\n  schema "cars" do\n    field :seat_row, :string\n  end\nend', '3 Car.seat_row'],
    ['a.sql', '-- name: ListSeats :many\nselect 1;', '1 ListSeats'],
    ['a.gradle', "ext.seatRows = 3\ndef seatLabel = 'x'", '1 seatRows', '2 seatLabel'],
    ['a.html', '<form name="seatForm"><input name="seat_row"></form>', '1 seatForm', '1 seat_row'],
    ['CMakeLists.txt', 'add_test(NAME seat_smoke COMMAND x)', '1 seat_smoke'],
    ['a.nix', 'let\n  seatTool = pkgs.go;\nin { }', '2 seatTool'],
    ['a.ml', 'type _ Effect.t += Fold_seat : unit Effect.t', '1 Fold_seat'],
  ])('in %s: %s', async ([path = '', text = '', ...names]) => {
    expect(await definitionsIn(path, text)).toEqual(expect.arrayContaining(names))
  })

  test('but an event that is listened to is none', async () => {
    expect(await definitionsIn('a.js', "seat.on('folded', function () {})\nsetTimeout(fold, 3)")).toEqual([])
  })
})
