import { describe, expect, test } from 'vitest'
import type { Fault } from '../../service/errors.ts'
import {
  gitUrlText,
  isGitUrl,
  isSameRepository,
  isWithin,
  parseGitUrl,
  parseNamedGitUrl,
  parseUrlPrefix,
} from '../../service/git-url.ts'

describe('a git URL', () => {
  test.each([
    ['https://GIT.example.com/team/shop.git', { address: 'https://git.example.com/team/shop.git' }],
    ['https://h/shop#v1.2/rc', { address: 'https://h/shop', branch: 'v1.2/rc' }],
    ['https://h/shop#50%25', { address: 'https://h/shop', branch: '50%' }],
    ['ssh://git@H:2222/a/b.git/#main', { address: 'ssh://git@h:2222/a/b.git', branch: 'main' }],
    ['git@h:a/b.git#main', { address: 'ssh://git@h/a/b.git', branch: 'main' }],
    ['https://h/a/../b', { address: 'https://h/b' }],
    ['https://h/My%20Team/_git/shop', { address: 'https://h/My%20Team/_git/shop' }],
  ])('is parsed: %s', (text, url) => {
    expect(isGitUrl(text)).toBe(true)
    expect(parseGitUrl(text)).toEqual(url)
    expect(parseGitUrl(gitUrlText(url))).toEqual(url)
  })

  test.each([
    'file:///etc',
    'git://h/a',
    'ext::sh -c "touch x"',
    'https://h',
    'https://h/a?service=b',
    'https://h/a//b',
    'https://h/a%2f..%2fb',
    "https://h/a'b",
    'https://h/a#..',
    'https://h/a#-x',
    'https://h/a#a b',
    'https://h/a#a:b',
    'ssh://-oProxyCommand=x/a',
    'ssh://-x@h/a',
    'git@h:$(x)',
    'ssh://git:secret@h/a',
    'https://secret@h/a',
    'https://me:secret@h/a',
    'https:me:secret@h/a',
    'https://h/a?token=secret',
    'me=https://me:secret@h/a',
  ])('is refused: %s', (text) => {
    const fault = (() => {
      try {
        return parseGitUrl(text)
      } catch (error) {
        return error
      }
    })()
    expect(fault).toMatchObject({ code: 'source_unsupported' })
    expect(`${(fault as Fault).message} ${(fault as Fault).remedy}`).not.toContain('secret')
  })

  test('may have a name in front', () => {
    expect(parseNamedGitUrl('my-shop=git@h:a#b')).toEqual({
      name: 'my-shop',
      url: { address: 'ssh://git@h/a', branch: 'b' },
    })
    expect(parseNamedGitUrl('https://h/a')).toEqual({ url: { address: 'https://h/a' } })
  })

  test('is distinguished from a folder', () => {
    for (const folder of ['.', '/a/b', 'a=b', './a@b', 'C:\\code', '~/git@home']) expect(isGitUrl(folder)).toBe(false)
    for (const url of ['name=https://h/a', 'a.b=git@h:a', 'FILE:///a']) expect(isGitUrl(url)).toBe(true)
  })

  test('is within a prefix by whole parts of its path, only on the same server', () => {
    const within = (url: string, prefix: string) => isWithin(parseGitUrl(url).address, parseUrlPrefix(prefix))
    for (const prefix of ['https://h', 'https://H/team/', 'https://h/team', 'https://h/team/shop.git']) {
      expect(within('https://h/team/shop.git', prefix)).toBe(true)
    }
    for (const prefix of [
      'https://h/tea',
      'https://h:444/team',
      'http://h/team',
      'https://h.evil/team',
      'ssh://h/team',
    ]) {
      expect(within('https://h/team/shop.git', prefix)).toBe(false)
    }
    expect(within('git@h:team/shop', 'ssh://h/team')).toBe(true)
  })

  test('identifies the same repository in any spelling', () => {
    expect(isSameRepository('https://h:8443/Team/shop.git', 'ssh://git@h/team/shop')).toBe(true)
    expect(isSameRepository('https://h/team/shop', 'https://h/team/shops')).toBe(false)
  })
})
