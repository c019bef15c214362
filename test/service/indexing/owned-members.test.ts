import { describe, expect, test } from 'vitest'
import { definitionsIn } from './definitions-in.ts'

describe('a member of a class without a name belongs to what encloses it', () => {
  test.for([
    [
      'A.java',
      'class A {\n  void go() {\n    pool.run(new Task() {\n      int tries;\n      void step(int n) {\n      }\n    });\n  }\n}',
      '4 A.go.tries',
      '5 A.go.step',
    ],
    [
      'A.java',
      'class A {\n  static final Order<B> BY = new Order<>() {\n    @Override\n    public int of(B b) {\n    }\n  };\n}',
      '2 A.BY',
      '4 A.BY.of',
    ],
    [
      'A.java',
      'class A {\n  void run() {\n    use(new R() {\n      public void run() {\n      }\n    });\n  }\n}',
      '4 A.run.run',
    ],
    ['A.java', 'enum A {\n  UP { int by() { return 1; } },\n  DOWN;\n}', '2 A.UP', '2 A.UP.by', '3 A.DOWN'],
    ['a.kt', 'val key = object : Key {\n  override fun turn() {\n  }\n}', '1 key', '2 key.turn'],
    ['a.kt', 'enum class A {\n  UP {\n    override fun by() = 1\n  }\n}', '2 A.UP', '3 A.UP.by'],
    [
      'a.php',
      '<?php\nfunction make() {\n  return new class {\n    public function open(): void {\n    }\n  };\n}',
      '4 make.open',
    ],
    ['a.scala', 'class A {\n  def make = new Key {\n    def turn() = 1\n  }\n}', '3 A.make.turn'],
    ['a.cs', 'class A {\n  void Go() {\n    int Half(int a) => a / 2;\n  }\n}', '3 A.Go.Half'],
  ])('%j', async ([path, text, ...names]) => {
    expect(await definitionsIn(path as string, text as string)).toEqual(expect.arrayContaining(names))
  })
})

test.for([
  [
    'a trait',
    'trait Door[A]:\n  type Key\n  val width: Int\n  given lock: Lock[A]\n  def open(key: Key): Unit\n  def shut = ()\nend Door',
    ['1 Door', '2 Door.Key', '3 Door.width', '4 Door.lock', '5 Door.open', '6 Door.shut'],
  ],
  [
    'an enum',
    'enum State(code: Int):\n  case Open extends State(1)\n  case Shut, Ajar\n  case Locked(by: Key)\n  def isOpen = true',
    [
      '1 State',
      '2 State.Open',
      '3 State.Shut',
      '3 State.Ajar',
      '4 State.Locked',
      '4 State.Locked.by',
      '5 State.isOpen',
    ],
  ],
  [
    'instances',
    'given doors: Order[Door] with\n  def less(a: Door) = true\ngiven Order[Key] with\n  def none = 1',
    ['1 doors', '2 doors.less', '4 none'],
  ],
  [
    'extensions',
    'extension (door: Door)\n  def shut = door\n  def lock(key: Key) = door\nextension [A](a: A) def same = a',
    ['2 Door.shut', '3 Door.lock', '4 same'],
  ],
  [
    'opaque types and values',
    'opaque type Width = Int\nobject Width:\n  inline def of(i: Int): Width = i\nval low, high = 1\nfinal case class Door(width: Width)(using Clock)',
    ['1 Width', '2 Width', '3 Width.of', '4 low', '4 high', '5 Door', '5 Door.width'],
  ],
] as const)('in Scala 3, %s and its members are found', async ([, text, found]) => {
  expect((await definitionsIn('a.scala', text)).toSorted()).toEqual([...found].toSorted())
})

describe('in Fortran, what a module or type contains has its name', () => {
  test('without indentation too', async () => {
    const text = [
      'module doors',
      'type :: door',
      'real :: width, height',
      'contains',
      'procedure :: open => door_open',
      'end type door',
      'contains',
      'subroutine door_open(self)',
      'real :: local',
      'end subroutine door_open',
      'end module doors',
      'module subroutine_free',
      'end module',
      'subroutine free()',
      'end subroutine',
    ]
    expect(await definitionsIn('a.f90', text.join('\n'))).toEqual([
      '1 doors',
      '2 doors.door',
      '3 doors.door.width',
      '3 doors.door.height',
      '5 doors.door.open',
      '8 doors.door_open',
      '12 subroutine_free',
      '14 free',
    ])
  })

  test('but a module that lacks an end does not own the next one', async () => {
    expect(await definitionsIn('a.f90', 'module a\nend\nmodule b\nend')).toEqual(['1 a', '3 b'])
  })
})

test.for([
  ['@enum Side left right=4 # far', ['1 Side', '1 Side.left', '1 Side.right']],
  ['@enum(Side, left, right)', ['1 Side', '1 Side.left', '1 Side.right']],
  [
    '@enum Side::UInt8 begin\n  left = 1\n  right\nend\nopen() = 1',
    ['1 Side', '2 Side.left', '3 Side.right', '5 open'],
  ],
] as const)('in Julia, an enum has its values: %j', async ([text, found]) => {
  expect(await definitionsIn('a.jl', text)).toEqual(found)
})

test.for([
  ['a.kt', 'fun `opens the door`() { }', '1 opens the door'],
  ['a.ts', 'export const doors = {\n  open() {\n  },\n} as const satisfies Doors', '2 doors.open'],
  ['module-info.java', 'module com.acme.doors {\n  exports a;\n}', '1 com.acme.doors'],
  ['a.m', 'static int half(int a) { return a / 2; }\n@implementation A\n@end', '1 half'],
  ['a.rkt', '(define door% (class object%))', '1 door%'],
  ['a.rs', 'impl dyn Door {\n    fn shut(&self) {}\n}', '2 Door.shut'],
  ['a.c', 'static int __init door_init(void)\n{\n}', '1 door_init'],
  ['a.c', 'static __always_inline bool door_is_shut(struct door *d)\n{\n}', '1 door_is_shut'],
  ['a.js', "app.get('/doors', async function listDoors(req, res) {\n  res.json([])\n})", '1 listDoors'],
  ['a.html', '<script>\n  async function shutDoor() {\n  }\n</script>', '2 shutDoor'],
  ['a.twig', '<script>\n  const shutDoor = (key) => 1\n</script>', '2 shutDoor'],
])('a name is found as people write it: %j', async ([path, text, name]) => {
  expect(await definitionsIn(path as string, text as string)).toContain(name)
})
