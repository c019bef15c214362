import { describe, expect, test } from 'vitest'
import { TableFile } from '../../../service/search/file-table.ts'
import { placesIn, withInstalledLeftOut, withNamedRaised } from '../../../service/search/named-places.ts'
import type { FileRow } from '../../../service/store/files.ts'

const fileAt = (path: string) => new TableFile({ path } as FileRow, 0, undefined)

/** Returns the paths as ranked. The first file has the lowest score. */
function ranked(text: string, paths: readonly string[]): string[] {
  const files = paths.map((path, at) => ({ file: fileAt(path), score: at + 1 }))
  return withNamedRaised(files, text)
    .sort((one, other) => other.score - one.score)
    .map(({ file }) => file.row.path)
}

describe('of the places in a stack trace, the nearest to the failure comes first', () => {
  const NEAR = 'src/near.ext'
  test.each([
    ['Python', '  File "/srv/src/far.ext", line 6, in main\n  File "/srv/src/near.ext", line 2, in charge'],
    ['Python in colours', '  File \x1b[35m"/srv/src/near.ext"\x1b[0m, line \x1b[35m2\x1b[0m, in \x1b[35mcharge\x1b[0m'],
    ['Python on Windows', '  File "C:\\srv\\src\\near.ext", line 2, in charge'],
    ['Python in a log', 'File \\"/srv/src/near.ext\\", line 2, in charge\\n'],
    ['Node', '    at add (file:///srv/src/near.ext:2:33)\n    at main (/srv/src/far.ext:1:1)'],
    ['a bundler', '    at List (webpack-internal:///./src/near.ext:12:17)'],
    ['a browser', 'List@http://localhost:5173/src/near.ext?t=17:21:3'],
    [
      'Go',
      'panic: nil map\n\nledger.(*Ledger).Post(...)\n\t/ci/src/near.ext:6\nmain.main()\n\t/ci/src/far.ext:7 +0x3c',
    ],
    ['Rust', "thread 'main' panicked at src/near.ext:2:18:\n   4: main\n      at ./src/far.ext:3:5"],
    [
      'C#',
      '   at A.B.Add(String line) in C:\\agent\\src\\near.ext:line 5\n   at A.Main() in C:\\agent\\src\\far.ext:line 3',
    ],
    ['Ruby', "/app/src/near.ext:8:in `zone': undefined\n\tfrom /app/src/far.ext:2:in `<main>'"],
    [
      'PHP',
      'Error in /var/www/src/near.ext:6\n#0 /var/www/src/far.ext(3): add()\n  thrown in /var/www/src/near.ext on line 6',
    ],
    [
      'a compiler of C',
      'In file included from src/far.ext:1,\n                 from src/other.ext:2:\nsrc/near.ext:3:27: error: no member',
    ],
    ['a compiler', 'src/near.ext(4,10): error TS2786: not a component'],
  ])('%s', (language, text) => {
    const whole = language.startsWith('Python') ? `Traceback (most recent call last):\n${text}` : text
    expect(ranked(whole, [NEAR, 'src/far.ext', 'src/other.ext', 'test/other.ext'])[0]).toBe(NEAR)
  })

  test('of packages in Dart, whose files are in lib', () => {
    const text = '#0      Page.render (package:shop/near.dart:2:36)\n#1      main (package:shop/far.dart:2:36)'
    expect(ranked(text, ['lib/near.dart', 'lib/far.dart', 'lib/other.dart'])[0]).toBe('lib/near.dart')
  })

  test('and of several causes in Java the last one', () => {
    const text =
      'Failed\n\tat com.acme.Far.go(Far.java:5)\nCaused by: Spent\n\tat com.acme.Near.add(Near.java:6)\n\tat com.acme.Far.go(Far.java:4)'
    const paths = ['src/com/acme/Near.java', 'src/com/other/Near.java', 'src/com/acme/Far.java', 'src/Other.java']
    expect(ranked(text, paths)).toEqual([
      'src/com/acme/Near.java',
      'src/com/acme/Far.java',
      'src/Other.java',
      'src/com/other/Near.java',
    ])
  })
})

test('a place in installed code does not match a file that only has the same name', () => {
  const paths = ['index.js', 'src/index.js', 'src/app.js']
  const text = 'at run (/srv/node_modules/express/lib/router/index.js:284:15)'
  expect(ranked(text, paths)).toEqual(paths.toReversed())
  expect(ranked(text, ['lib/router/index.js', 'src/app.js'])[0]).toBe('lib/router/index.js')
})

test('frames of installed code are ignored if a question has others', () => {
  const own =
    'Traceback (most recent call last):\n  File "/srv/app/cart.py", line 3, in add\n    charge(code)\nSpent: A17'
  const installed =
    '  File "/srv/venv/lib/python3.12/site-packages/web/server.py", line 22, in dispatch\n    return run(x)\n'
  expect(withInstalledLeftOut(own.replace('  File', `${installed}  File`))).toBe(own)
  expect(withInstalledLeftOut(installed)).toBe(installed)
})

test.each(['a.b?', 'a.', '/', 'a', 'a.b(', '[.', 'a.b\\', 'x.y:1\n', 'a.b.c.', ':1', '"'])(
  'long texts are read in time linear in their length: %j',
  (part) => {
    const before = process.cpuUsage()
    placesIn(part.repeat(Math.ceil(40_000 / part.length)))
    const { user } = process.cpuUsage(before)
    expect(user / 1000).toBeLessThan(500)
  },
)
