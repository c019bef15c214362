import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { clusterLogArguments, clusterLogLineOf } from '../../../../infra/kubernetes/cluster/container-log.ts'
import { makeKubectl, objectAt } from '../../../../infra/kubernetes/cluster/kubectl.ts'
import { temporaryFolders } from '../../../fakes/temporary-folders.ts'

const folder = temporaryFolders()

describe('the log of a pod', () => {
  test.each([
    [{ since: '10m', tail: 5 }, ['--since=10m', '--tail=5']],
    [{ since: '2026-11-21T12:00:00Z' }, ['--since-time=2026-11-21T12:00:00Z']],
    [{ since: '2026-11-21' }, ['--since-time=2026-11-21T00:00:00.000Z']],
    [{}, []],
  ])('is requested for %j with %j', (window, words) => {
    expect(clusterLogArguments('server-1/serve', window)).toEqual([
      'logs',
      '--timestamps',
      ...words,
      'server-1',
      '--container',
      'serve',
    ])
  })

  test('has times in UTC, whatever the time zone of its node', () => {
    expect(clusterLogLineOf('2026-11-21T13:00:00.5+01:00 hello')).toEqual({
      time: '2026-11-21T12:00:00.500000000Z',
      text: 'hello',
    })
    expect(clusterLogLineOf('Found 2 pods')).toBeUndefined()
  })
})

test.each([
  ['/api/v1/namespaces/shop', ['namespaces', 'shop']],
  ['/api/v1/namespaces/shop/secrets/pull', ['--namespace', 'shop', 'secrets', 'pull']],
  ['/apis/scheduling.k8s.io/v1/priorityclasses/high', ['priorityclasses.v1.scheduling.k8s.io', 'high']],
  ['/api/v1/nodes', undefined],
  ['/api/v1/namespaces/shop/pods?labelSelector=a', undefined],
  ['/apis/metrics.k8s.io/v1beta1', undefined],
])('the path %s is that of the object %j', (path, words) => {
  expect(objectAt(path)).toEqual(words)
})

describe('reading', () => {
  /** Returns a kubectl that runs this script. */
  function kubectlWith(script: string) {
    const place = folder()
    writeFileSync(join(place, 'kubectl'), `#!/bin/sh\n${script}\n`)
    chmodSync(join(place, 'kubectl'), 0o755)
    return makeKubectl({ PATH: `${place}:/usr/bin:/bin` }, { context: 'lab', namespace: 'shop' })
  }

  test('an object returns it, or that it does not exist, or that it cannot be seen', async () => {
    const path = '/api/v1/namespaces/shop'
    expect(await kubectlWith('echo {}').read(path)).toEqual({ state: 'found', value: {} })
    expect(await kubectlWith('').read(path)).toEqual({ state: 'absent' })
    expect(await kubectlWith('exit 1').read(path)).toEqual({ state: 'unseen' })
  })

  test('an API returns whether the cluster serves it', async () => {
    const groups = { groups: [{ name: 'a.io', versions: [{ groupVersion: 'a.io/v1' }] }] }
    const kubectl = kubectlWith(`echo '${JSON.stringify(groups)}'`)
    expect((await kubectl.read('/apis/a.io/v1')).state).toBe('found')
    expect((await kubectl.read('/apis/a.io')).state).toBe('found')
    expect((await kubectl.read('/apis/b.io/v1')).state).toBe('absent')
  })

  test('is refused with the last message of kubectl if an answer is required', async () => {
    await expect(kubectlWith('printf "noise\\nno route\\n" >&2; exit 1').ask('/version')).rejects.toThrow('no route')
    await expect(makeKubectl({ PATH: '/nowhere' }, { namespace: 'x' }).ask('/version')).rejects.toThrow(
      'kubectl is not on the PATH',
    )
  })
})
