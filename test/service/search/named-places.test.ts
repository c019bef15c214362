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
    ['a compiler with columns in brackets', '[ERROR] /ci/src/near.ext:[4,10] cannot find symbol'],
    ['a parser', 'src/near.ext:4.7-9: syntax error'],
    ['Erlang', '{badarith,[{near,add,2,[{file,"src/near.ext"},{line,12}]}]}'],
    ['.NET in another language', '   bei A.B.Add(Int32 x) in C:\\agent\\src\\near.ext:Zeile 12.'],
    ['Raku', '  in sub add at src/near.ext (Shop::Cart) line 12'],
    ['a linker', "/usr/bin/ld: near.o: in function `add':\nsrc/near.ext:(.text+0x5): undefined reference"],
    ['a parser of settings', 'error parsing src/near.ext: error converting: yaml: line 12: no value'],
    ['an editor', 'Error detected while processing /home/a/src/near.ext:\nline   12:'],
    ['a build tool', "* Where:\nBuild file '/app/src/near.ext' line: 12"],
    ['a tracker of errors', 'src/near.ext in add at line 12'],
    ['a report in JSON', '{"artifact":{"uri":"src/near.ext"},"region":{"startLine":12}}'],
    ['a message of a build server', "##teamcity[inspection file='src/near.ext' line='12']"],
    ['a build log', '##[error]src/near.ext(12,5): unknown'],
    ['a frame drawn around code', '   ,-[src/near.ext:12:5]\n12 | add()'],
    ['a title in dashes', '-- TYPE MISMATCH ---------------------- src/near.ext\n\n12|   add x'],
    ['a file above its code', 'Unexpected token (12:5)\n\n/app/src/near.ext\n12 |  add('],
    ['a failed test without frames', ' FAIL  src/near.ext > cart > adds\nAssertionError: x'],
    ['a failed test with frames', ' FAIL  src/far.ext > cart > adds\n ❯ src/near.ext:4:2\n ❯ src/far.ext:12:5'],
    ['a linter that groups by file', 'far.ext is fine\n\n/ci/src/near.ext\n  4:10  error  unused  no-unused\n'],
    ['a table of a linter', ' ------ ----\n  Line   src/near.ext\n ------ ----\n  4      Method is unknown'],
    ['annotations of a build', '::error file=src/near.ext,line=4,col=2::Missing semicolon'],
    ['Perl', 'Died at src/near.ext line 2.\n\tmain::add() called at src/far.ext line 3'],
    ['Bash', 'src/near.ext: line 2: charge: command not found'],
    ['Terraform', 'Error: Unknown resource\n\n  on src/near.ext line 2, in resource "a" "b":'],
    ['Ansible', "The error appears to be in '/srv/src/near.ext': line 2, column 3"],
    ['Sass', '  src/near.ext 2:7  add()\n  src/far.ext 3:1   root stylesheet'],
    ['Sass for Ruby', "on line 2 of src/near.ext, in `add'\nfrom line 3 of src/far.ext"],
    ['R', 'Error in add(x) (from near.ext#2) : bad'],
    ['a link in a terminal', '\x1b]8;;file:///srv/src/near.ext\x1b\\src/near.ext\x1b]8;;\x1b\\:2 add'],
    ['a log that lost the escapes of colours', 'at add ([36msrc/near.ext[39m:[33m2[39m:[33m7[39m)'],
    ['a link in Markdown', 'see [near.ext:2](src/near.ext#L2)'],
    [
      'Python in a list of frames',
      '["File \\"/var/task/src/far.ext\\", line 3, in run","File \\"/var/task/src/near.ext\\", line 2, in add"]',
    ],
    ['tests of Python', 'src/far.ext:12: in test_add\n    add()\nsrc/near.ext:4: in add\n    raise Spent'],
    ['frames that lack a line', 'File "/srv/src/near.ext" in add\n  2.     raise Spent'],
  ])('%s', (language, text) => {
    const whole = /^Python(?! in a list)/.test(language) ? `Traceback (most recent call last):\n${text}` : text
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

test.each([
  ['src/Größe/near.js', 'at add (/srv/src/Größe/near.js:2:7)'],
  ['src/my module/near.js', 'at add (file:///srv/src/my%20module/near.js:2:7)'],
  ['src/my module/near.js', 'at add (/srv/src/my module/near.js:2:7)'],
  ['app/(shop)/page.tsx', 'at Page (/srv/app/(shop)/page.tsx:2:7)'],
  ['app/[m]/page.tsx', 'at Page (/srv/app/[m]/page.tsx:2:7)'],
  ['Makefile', 'Makefile:2: *** missing separator.  Stop.'],
  ['bin/charge', 'bin/charge: line 2: add: command not found'],
  ['cart/BUILD', 'ERROR: /app/cart/BUILD:12:5: no such target'],
  ['bin/refund', '/app/bin/refund:12:5: unknown'],
  ['Makefile', 'make: *** [Makefile:12: all] Error 1'],
])('a path may have signs of other languages, blanks and no extension: %s', (path, text) => {
  expect(ranked(text, [path, 'app/page.tsx', 'other/near.js', 'other.js'])[0]).toBe(path)
})

test.each([
  ['Dockerfile', 'failed to solve: exit code: 1\nDockerfile:3\n   3 | >>> RUN npm ci', 'docs/dockerfile-errors.md'],
  ['ci/Jenkinsfile', 'WorkflowScript: ci/Jenkinsfile: 12: expecting }', 'docs/jenkins.md'],
  ['src/cart.ts', 'src/cart.ts:4:2 - error TS2339: Property does not exist', 'docs/typescript-errors.md'],
])('however well the words of a message fit another file, the place comes first: %s', (path, text, decoy) => {
  const files = [path, 'src/other.ts', decoy].map((each, at) => ({ file: fileAt(each), score: 1000 ** at }))
  const best = withNamedRaised(files, text).toSorted((one, other) => other.score - one.score)
  expect(best[0]?.file.row.path).toBe(path)
})

test('a place in installed code does not match a file that only has the same name', () => {
  const paths = ['index.js', 'src/index.js', 'src/app.js']
  const text = 'at run (/srv/node_modules/express/lib/router/index.js:284:15)'
  expect(ranked(text, paths)).toEqual(paths.toReversed())
  expect(ranked(text, ['lib/router/index.js', 'src/app.js'])[0]).toBe('lib/router/index.js')
  const module = 'run()\n\t/root/go/pkg/mod/example.com/web@v1.2.3/app.go:7'
  expect(ranked(module, ['app.go', 'src/cart.go'])[0]).toBe('src/cart.go')
})

test('frames of installed code are ignored if a question has others', () => {
  const own =
    'Traceback (most recent call last):\n  File "/srv/app/cart.py", line 3, in add\n    charge(code)\nSpent: A17'
  const installed =
    '  File "/srv/venv/lib/python3.12/site-packages/web/server.py", line 22, in dispatch\n    return run(x)\n'
  expect(withInstalledLeftOut(own.replace('  File', `${installed}  File`))).toBe(own)
  expect(withInstalledLeftOut(installed)).toBe(installed)
})

test.each([
  'a.b?',
  'a.',
  '/',
  'a',
  'a.b(',
  '[.',
  'a.b\\',
  'x.y:1\n',
  'a.b.c.',
  ':1',
  '"',
  '(a)/',
  '\n\n',
  '[1;',
  'Line 1 of ',
  'File ',
  ' \n',
  '(a',
  '-',
  'a\n 1:1 ',
  '\x1b]8;',
  'a.b: ',
  'a.b in ',
  "file='a.b' ",
  '/a',
  'a.b (',
  '-- --',
  'FAIL ',
  'a.b:\n',
  'a%2',
])('long texts are read in time linear in their length: %j', (part) => {
  const before = process.cpuUsage()
  placesIn(part.repeat(Math.ceil(40_000 / part.length)))
  const { user } = process.cpuUsage(before)
  expect(user / 1000).toBeLessThan(500)
})
