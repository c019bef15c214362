import { mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { faultsOfRepositories, locateRepositories } from '../../infra/docker/repositories.ts'
import { temporaryFolders } from '../fakes/temporary-folders.ts'

const root = temporaryFolders()()
for (const folder of ['api', 'web', 'nested/api', 'with space']) mkdirSync(join(root, folder), { recursive: true })
writeFileSync(join(root, 'file'), '')

describe('locateRepositories', () => {
  test('resolves folders relative to the project, and names each after itself', () => {
    expect(locateRepositories(['api', './nested/../web'], root)).toEqual([
      { name: 'api', hostPath: join(root, 'api'), path: '/repositories/api' },
      { name: 'web', hostPath: join(root, 'web'), path: '/repositories/web' },
    ])
    expect(locateRepositories(['.'], root)[0]?.name).toBe(basename(root))
  })

  test('accepts another name, and the home folder', () => {
    expect(locateRepositories(['other=nested/api', 'home=~'], root)).toEqual([
      { name: 'other', hostPath: join(root, 'nested/api'), path: '/repositories/other' },
      { name: 'home', hostPath: homedir(), path: '/repositories/home' },
    ])
  })

  test.each(['https://git.example.com/a/shop.git', 'shop=ssh://git@host/a.git', 'git@github.com:a/shop.git'])(
    'says of %s that it is not a folder, without its login',
    (entry) => {
      expect(faultsOfRepositories([entry], root)).toEqual([
        `repositories has "${entry}": with target docker, a repository is a folder of this machine; clone it and name its folder, or set target to kubernetes`,
      ])
      const [told] = faultsOfRepositories(['https://me:hunter2@host/a.git'], root)
      expect(told).not.toContain('hunter2')
    },
  )

  test('reports all faults of folders and names at once', () => {
    const entries = ['api', 'nested/api', 'missing', 'file', 'with space']
    expect(faultsOfRepositories(entries, root).join('\n')).toMatch(
      new RegExp(
        [
          '"nested/api": "api" is already the name of .*/api; give one of them another',
          '"missing": there is no folder .*/missing; correct the path',
          '"file": .*/file is a file; use its folder',
          '"with space": "with space" is not a valid name',
        ].join('.*'),
        's',
      ),
    )
  })
})
