import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { differenceOf } from '../../../infra/plan/difference.ts'
import { byKind } from '../../../infra/plan/kinds.ts'
import { showPlan, showRemarks } from '../../../infra/plan/listing.ts'
import { manifestsOf } from '../../../infra/plan/manifests.ts'
import type { Planned } from '../../../infra/plan/plan.ts'
import { showDifference } from '../../../infra/plan/show-difference.ts'
import { deployment, planWith, resource } from './plans.ts'

const compared = (before: Planned[], after: Planned[]) =>
  showDifference(differenceOf(planWith(...before), planWith(...after)), 'main (0123456789)')

const configMap = (script: string) =>
  resource('kubernetes:core/v1:ConfigMap', 'roles', { metadata: { name: 'roles' }, data: { 'roles.sh': script } })

describe('what is shown of a difference', () => {
  test('is a line where there is none', () => {
    expect(compared([deployment({})], [deployment({})])).toBe(
      'Nothing differs from main (0123456789): 1 resource the same.',
    )
  })

  test('is a table of what changes, what can lose something first', () => {
    const claim = resource('kubernetes:core/v1:PersistentVolumeClaim', 'claim', {}, { options: { protect: true } })
    const budget = resource('kubernetes:policy/v1:PodDisruptionBudget', 'budget')
    const before = deployment({ replicas: 2, paused: false, selector: 'a' })
    const after = deployment({ replicas: 12, paused: true, selector: 'b' })
    expect(compared([claim, before], [after, budget])).toBe(
      [
        'Against main (0123456789): 1 added, 1 removed, 1 replaced, 0 resources the same.',
        '',
        '- PersistentVolumeClaim claim: removed; protected, so `up` refuses',
        '',
        '! Deployment server: replaced',
        '    spec.paused    false → true',
        '    spec.replicas  2     → 12',
        '    spec.selector  a     → b  (replaces it)',
        '',
        '+ PodDisruptionBudget budget: added',
      ].join('\n'),
    )
  })

  test('has of a text with lines those that changed', () => {
    const shown = compared([configMap('one\ntwo\nthree\n')], [configMap('one\n2\nthree\n')])
    expect(shown.split('\n').slice(-3)).toEqual(['    data.roles.sh    (replaces it)', '      - two', '      + 2'])
  })

  test('has of a long text no more than can be read', () => {
    const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`).join('\n')
    expect(compared([configMap('')], [configMap(lines)])).toContain('… and 89 lines more')
  })

  test('has of a long value the part that differs', () => {
    const hosts = (last: string) => deployment({ hosts: `${'localhost,'.repeat(30)}${last}` })
    const shown = compared([hosts('one.example.com')], [hosts('two.example.com')])
    expect(shown).toContain('one.example.com')
    expect(shown).toContain('two.example.com')
    expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThan(200)
  })

  test('says how many breaks of policies are new', () => {
    const violation = { policy: 'probes', level: 'mandatory', remedy: 'Probe it', says: 'is missing' } as const
    const after = {
      ...planWith(deployment({ a: 2 })),
      violations: [{ ...violation, type: 'a', resource: 'b', at: 'c' }],
    }
    const shown = showDifference(differenceOf(planWith(deployment({ a: 1 })), after), 'main')
    expect(shown).toContain('\n\nNew: 1 break of policies, see below.')
  })

  test('lets nothing in a value reach the terminal as a command', () => {
    const shown = compared([configMap('a\n')], [configMap('a\n\u001b[2Jb\u202e\n')])
    const value = compared([deployment({ a: 'x' })], [deployment({ a: '\u001b[2J' })])
    expect(`${shown}${value}`).not.toMatch(/[^\P{C}\n]/u)
  })
})

describe('what is shown of a plan', () => {
  const server = deployment({
    replicas: 2,
    template: { spec: { containers: [{ name: 'serve', image: 'shop:1', resources: { requests: { cpu: '1' } } }] } },
  })
  const service = resource('kubernetes:core/v1:Service', 'server-service', {
    metadata: { name: 'server' },
    spec: { ports: [{ port: 8000 }] },
  })

  test('are the resources by kind and name, with what is asked first about each', () => {
    expect(showPlan(planWith(service, server))).toBe(
      [
        'The stack prod consists of 2 resources:',
        '',
        '  Service     server  ClusterIP · port 8000',
        '  Deployment  server  2 replicas · shop:1 (1)',
      ].join('\n'),
    )
  })

  test('is each policy that is broken, once with what to do, and by what', () => {
    const violation = { policy: 'probes', level: 'mandatory', remedy: 'Probe it', says: 'is missing' } as const
    const at = { type: server.type, resource: server.name }
    const plan = {
      ...planWith(server),
      notes: ['Something is encrypted'],
      violations: ['a', 'b'].map((path) => ({ ...violation, ...at, at: path })),
    }
    expect(showRemarks(plan).split('\n')).toEqual([
      'Something is encrypted',
      'broken: probes. Probe it.',
      '    Deployment  server  a is missing',
      '    Deployment  server  b is missing',
    ])
  })

  test('is in the order in which it can be made', () => {
    const namespace = resource('kubernetes:core/v1:Namespace', 'namespace')
    const password = resource('random:index/randomPassword:RandomPassword', 'password')
    expect([password, server, service, namespace].toSorted(byKind)).toEqual([namespace, service, server, password])
  })
})

describe('the manifests of a plan', () => {
  const secret = resource(
    'kubernetes:core/v1:Secret',
    'secrets',
    { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'shop' }, data: { key: '[secret]' } },
    { assignedName: 'secrets-01234567' },
  )
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'on' }, data: { a: 'yes', b: '1\n2\n' } }

  test('are the Kubernetes objects, and nothing else', () => {
    const password = resource('random:index/randomPassword:RandomPassword', 'password')
    const plan = planWith(secret, resource('kubernetes:core/v1:ConfigMap', 'on', object), password)
    // As Kubernetes reads them.
    const read = parseAllDocuments(manifestsOf(plan), { version: '1.1' })
    const documents = read.map((document) => document.toJS() as unknown)
    expect(documents).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'secrets-01234567', namespace: 'shop' },
        data: { key: Buffer.from('[secret]').toString('base64') },
      },
      object,
    ])
  })
})
