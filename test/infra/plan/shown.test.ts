import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { differenceOf } from '../../../infra/plan/difference.ts'
import { headline, headlineOfDifference } from '../../../infra/plan/headline.ts'
import { byKind } from '../../../infra/plan/kinds.ts'
import { showRemarks, showResources } from '../../../infra/plan/listing.ts'
import { manifestsOf } from '../../../infra/plan/manifests.ts'
import type { Planned } from '../../../infra/plan/plan.ts'
import { showDifference } from '../../../infra/plan/show-difference.ts'
import { deployment, planWith, resource } from './plans.ts'

const compared = (before: Planned[], after: Planned[]) => {
  const plans = [planWith(...before), planWith(...after)] as const
  const difference = differenceOf(...plans)
  const shown = [headlineOfDifference(difference, ...plans, 'main (0123456789)'), showDifference(difference)]
  return shown.filter((part) => part !== '').join('\n\n')
}

const configMap = (script: string) =>
  resource('kubernetes:core/v1:ConfigMap', 'roles', { metadata: { name: 'roles' }, data: { 'roles.sh': script } })

const pods = (image: string, requests: object = { cpu: '500m', memory: '1Gi' }) => ({
  spec: { containers: [{ name: 'serve', image, resources: { requests } }] },
})

const job = (name: string, image: string) =>
  resource('kubernetes:batch/v1:Job', name, { metadata: { name }, spec: { template: pods(image) } })

const claim = (name: string, storage: string) =>
  resource(
    'kubernetes:core/v1:PersistentVolumeClaim',
    name,
    { metadata: { name }, spec: { resources: { requests: { storage } } } },
    { options: { protect: true } },
  )

const digest = (letter: string) => `shop:1@sha256:${letter.repeat(64)}`

describe('the text of a difference', () => {
  test('is a headline if there is none', () => {
    expect(compared([deployment({})], [deployment({})])).toBe(
      ['No changes from main (0123456789): 1 resource unchanged.', '  Policies  no violations'].join('\n'),
    )
  })

  test('is a headline, then the changes, starting with those that may lose data', () => {
    const budget = resource('kubernetes:policy/v1:PodDisruptionBudget', 'budget')
    const before = deployment({ replicas: 2, paused: false, selector: 'a', template: pods('shop:1') })
    const after = deployment({ replicas: 12, paused: true, selector: 'b', template: pods('shop:1') })
    const [index, other] = [claim('index', '10Gi'), claim('other', '5Gi')]
    expect(compared([index, other, before], [claim('other', '8Gi'), after, budget])).toBe(
      [
        'Compared with main (0123456789): 1 created, 1 deleted, 1 changed, 1 replaced, 0 unchanged.',
        '  Data      touched: PersistentVolumeClaim index deleted, PersistentVolumeClaim other changed',
        '  Policies  no violations',
        '  Requests  1 CPU, 2.0 GiB of memory → 6 CPU, 12.0 GiB of memory',
        '  Volumes   15.0 GiB → 8.0 GiB',
        '',
        '- PersistentVolumeClaim index: deleted; protected, so `up` refuses',
        '',
        '! Deployment server: replaced',
        '    spec.paused    false → true',
        '    spec.replicas  2     → 12',
        '    spec.selector  a     → b  (replaces it)',
        '',
        '~ PersistentVolumeClaim other',
        '    spec.resources.requests.storage  5Gi → 8Gi',
        '',
        '+ PodDisruptionBudget budget: created',
      ].join('\n'),
    )
  })

  test('combines images that only differ in their digest', () => {
    const at = (letter: string) => [
      deployment({ template: pods(digest(letter)) }),
      resource('kubernetes:apps/v1:Deployment', 'worker', {
        metadata: { name: 'worker' },
        spec: { template: pods(digest(letter)) },
      }),
      job('migration', digest(letter)),
      job('model', digest(letter)),
    ]
    expect(compared(at('a'), at('b'))).toBe(
      [
        'Compared with main (0123456789): 2 changed, 2 replaced, 0 unchanged.',
        '  Data      not touched',
        '  Policies  no violations',
        '  Requests  1 CPU, 2.0 GiB of memory',
        '',
        '! 2 images with a new digest, replaced: Job migration, model',
        '~ 2 images with a new digest: Deployment server, worker',
      ].join('\n'),
    )
  })

  test('combines resources that get the same other version of an image', () => {
    const at = (image: string) => [job('migration', image), job('model', image), job('apart', 'other:1')]
    expect(compared(at('shop:1'), at('shop:2'))).toBe(
      [
        'Compared with main (0123456789): 2 replaced, 1 unchanged.',
        '  Data      not touched',
        '  Policies  no violations',
        '',
        '! 2 images shop:1 → shop:2, replaced: Job migration, model',
      ].join('\n'),
    )
  })

  test('shows an image in full if something else changes with it', () => {
    const at = (replicas: number) => deployment({ replicas, template: pods(`shop:${replicas}`) })
    expect(compared([at(1)], [at(2)])).toContain(
      [
        '~ Deployment server',
        '    spec.replicas                               1      → 2',
        '    spec.template.spec.containers[serve].image  shop:1 → shop:2',
      ].join('\n'),
    )
  })

  test('shows the changed lines of a text', () => {
    const shown = compared([configMap('one\ntwo\nthree\n')], [configMap('one\n2\nthree\n')])
    expect(shown.split('\n').slice(-3)).toEqual(['    data.roles.sh  (replaces it)', '      - two', '      + 2'])
  })

  test('shows of a long text only as much as people can read', () => {
    const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`).join('\n')
    expect(compared([configMap('')], [configMap(lines)])).toContain('… and 89 lines more')
  })

  test('shows the differing part of a long value', () => {
    const hosts = (last: string) => deployment({ hosts: `${'localhost,'.repeat(30)}${last}` })
    const shown = compared([hosts('one.example.com')], [hosts('two.example.com')])
    expect(shown.split('\n').at(-1)).toBe('    spec.hosts  …t,localhost,one.example.com → …t,localhost,two.example.com')
  })

  test('has no line so long that a comment on a pull request would cut it', () => {
    const at = (value: string) =>
      deployment({ [`annotation-${'x'.repeat(120)}`]: value, hosts: `${value}${',localhost'.repeat(30)}` })
    const images = (version: number) => Array.from({ length: 20 }, (_, index) => job(`job-${index}`, `shop:${version}`))
    const shown = compared(
      [at('a'), configMap('one'), ...images(1)],
      [at('b'), configMap('y'.repeat(300)), ...images(2)],
    )
    expect(shown).toContain('y'.repeat(80))
    expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThanOrEqual(96)
  })

  test('lists violated policies, and how many are new', () => {
    const violation = { type: 'a', resource: 'b', at: 'c', says: 'is missing' }
    const probes = { ...violation, policy: 'probes', level: 'mandatory', remedy: 'Probe it' } as const
    const tag = { ...violation, policy: 'image-digest', level: 'advisory', remedy: 'Add the digest' } as const
    const before = { ...planWith(deployment({ a: 1 })), violations: [tag] }
    const after = { ...planWith(deployment({ a: 2 })), violations: [probes, { ...tag, at: 'd' }, tag] }
    const difference = differenceOf(before, after)
    expect(headlineOfDifference(difference, before, after, 'main').split('\n')[2]).toBe(
      '  Policies  1 mandatory violation (probes), 2 advisory violations (image-digest); 2 new',
    )
  })

  test('lets nothing in a value reach the terminal as a command', () => {
    const shown = compared([configMap('a\n')], [configMap('a\n\u001b[2Jb\u202e\n')])
    const value = compared([deployment({ a: 'x' })], [deployment({ a: '\u001b[2J' })])
    expect(`${shown}${value}`).not.toMatch(/[^\P{C}\n]/u)
  })
})

describe('the text of a plan', () => {
  const server = deployment({
    replicas: 2,
    template: { spec: { containers: [{ name: 'serve', image: 'shop:1', resources: { requests: { cpu: '1' } } }] } },
  })
  const service = resource('kubernetes:core/v1:Service', 'server-service', {
    metadata: { name: 'server' },
    spec: { ports: [{ port: 8000 }] },
  })

  test('lists the resources by kind and name, with their most important properties', () => {
    expect(showResources(planWith(service, server))).toBe(
      ['  Service     server  ClusterIP · port 8000', '  Deployment  server  2 replicas · shop:1 (1)'].join('\n'),
    )
  })

  test('has a headline with the requests, and with those of a full autoscaler', () => {
    const scaler = resource('kubernetes:autoscaling/v2:HorizontalPodAutoscaler', 'server-scaler', {
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'server' }, minReplicas: 2, maxReplicas: 5 },
    })
    const scaled = deployment({ template: pods('shop:1') })
    const stays = [scaled, scaler, job('migration', 'shop:1'), claim('index', '20Gi'), claim('model', '512Mi')]
    expect(headline(planWith(...stays))).toBe(
      [
        'The stack prod consists of 5 resources.',
        '  Policies    no violations',
        '  Requests    1 CPU, 2.0 GiB of memory',
        '  Scaled out  2.5 CPU, 5.0 GiB of memory',
        '  Volumes     20.5 GiB',
      ].join('\n'),
    )
  })

  test('has a headline with the limits of containers', () => {
    const container = (name: string, limits: object) =>
      resource('docker:index/container:Container', name, { name, ...limits })
    const containers = [
      container('server', { memory: 2048, cpus: '1.5' }),
      container('postgres', { memory: 1024 }),
      container('model', { memory: 4096, mustRun: false }),
      container('carrier', {}),
    ]
    expect(headline(planWith(...containers))).toBe(
      [
        'The stack prod consists of 4 resources.',
        '  Policies  no violations',
        '  Limits    1.5 CPU, 3.0 GiB of memory',
      ].join('\n'),
    )
  })

  test('shows each piece of advice once, with all resources that it is about', () => {
    const advice = { policy: 'image-digest', level: 'advisory', remedy: 'Add the digest', at: 'image' } as const
    const about = (subject: Planned, says: string) => ({ ...advice, type: subject.type, resource: subject.name, says })
    const jobs = [job('migration', 'shop:1'), job('model', 'shop:1')]
    const tagged = [server, ...jobs].map((each) => about(each, 'shop:1 has a tag but no digest'))
    const plan = {
      ...planWith(server, ...jobs),
      violations: [...tagged, about(server, 'other:1 has a tag but no digest')],
    }
    expect(showRemarks(plan).split('\n')).toEqual([
      'advice: image-digest. Add the digest.',
      '    shop:1 has a tag but no digest',
      '        Deployment server; Job migration, model',
      '    other:1 has a tag but no digest',
      '        Deployment server',
    ])
    expect(showRemarks(plan, ({ says }) => says.startsWith('other'))).not.toContain('shop:1')
  })

  test('shows each violated policy once, with the remedy and the resources', () => {
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

  test('is in an order in which the resources can be created', () => {
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

  test('contain the Kubernetes objects, and nothing else', () => {
    const password = resource('random:index/randomPassword:RandomPassword', 'password')
    const plan = planWith(secret, resource('kubernetes:core/v1:ConfigMap', 'on', object), password)
    // Kubernetes reads YAML 1.1.
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

  test('have no annotations that only Pulumi reads', () => {
    const annotated = (annotations: object) =>
      manifestsOf(
        planWith(resource('kubernetes:core/v1:ConfigMap', 'on', { ...object, metadata: { name: 'on', annotations } })),
      )
    expect(annotated({ 'pulumi.com/skipAwait': 'true' })).toBe(annotated({}))
    expect(annotated({})).not.toContain('annotations')
    expect(annotated({ 'pulumi.com/skipAwait': 'true', team: 'search' })).toContain('annotations:\n    team: search\n')
  })
})
