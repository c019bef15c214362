import { expect, test } from 'vitest'
import { gitLink } from '../../../service/http/page/git-link.js'

const PLACE = { commit: 'c0ffee', path: 'src/a b#1.ts', start: 3, end: 9 }

test.each([
  ['https://github.com/team/shop.git', 'https://github.com/team/shop/blob/c0ffee/src/a%20b%231.ts#L3-L9'],
  ['ssh://git@github.example.com/team/shop', 'https://github.example.com/team/shop/blob/c0ffee/src/a%20b%231.ts#L3-L9'],
  ['https://gitlab.com/g/sub/shop.git', 'https://gitlab.com/g/sub/shop/-/blob/c0ffee/src/a%20b%231.ts#L3-9'],
  ['ssh://git@gitlab.corp:2222/g/shop.git', 'https://gitlab.corp/g/shop/-/blob/c0ffee/src/a%20b%231.ts#L3-9'],
  ['http://gitea.local:3000/me/shop', 'http://gitea.local:3000/me/shop/src/commit/c0ffee/src/a%20b%231.ts#L3-L9'],
  ['https://codeberg.org/me/shop', 'https://codeberg.org/me/shop/src/commit/c0ffee/src/a%20b%231.ts#L3-L9'],
  ['https://bitbucket.org/team/shop', 'https://bitbucket.org/team/shop/src/c0ffee/src/a%20b%231.ts#lines-3:9'],
  [
    'https://bitbucket.corp/scm/PRJ/shop.git',
    'https://bitbucket.corp/projects/PRJ/repos/shop/browse/src/a%20b%231.ts?at=c0ffee#3-9',
  ],
  [
    'ssh://git@bitbucket.corp:7999/~ann/shop.git',
    'https://bitbucket.corp/users/ann/repos/shop/browse/src/a%20b%231.ts?at=c0ffee#3-9',
  ],
  [
    'https://dev.azure.com/org/project/_git/shop',
    'https://dev.azure.com/org/project/_git/shop?path=/src/a%20b%231.ts&version=GCc0ffee&line=3&lineEnd=10&lineStartColumn=1&lineEndColumn=1',
  ],
  ['/home/me/shop', undefined],
  ['https://git.unknown.example/team/shop', undefined],
  ['javascript:alert(1)//github.com', undefined],
])('lines of %s are linked to %s', (source, expected) => {
  expect(gitLink({ source, ...PLACE })).toBe(expected)
})

test('nothing is linked without a known commit', () => {
  expect(gitLink({ source: 'https://github.com/team/shop', ...PLACE, commit: '' })).toBeUndefined()
})
