import type { EngineEvent } from '@pulumi/pulumi/automation/index.js'
import { describe, expect, test } from 'vitest'
import { down } from '../../../infra/cli/commands/down.ts'

import { preview, up } from '../../../infra/cli/commands/up.ts'
import { followIndexing } from '../../../infra/cli/report/indexing.ts'
import { howToConnect } from '../../../infra/client-settings.ts'
import { type Fault, Refused } from '../../../infra/faults.ts'
import { providersOf } from '../../../infra/plan/kinds.ts'
import type { Violation } from '../../../infra/policy/policy.ts'
import { CORE, container, fakeTools, type Given } from './fake-tools.ts'

// Nothing listens on these ports, so the tests do not depend on the machine.
const CONFIG = {
  'codebase-mcp:server': '{"port":3}',
  'codebase-mcp:postgres': '{"port":2}',
  'codebase-mcp:repositories': '[]',
}
const RECORDED = { resources: CORE.map(({ id }) => ({ urn: `urn:${id}`, type: 'any', id })) }
const OURS = [
  { urn: 'urn:d', type: 'postgresql:index/database:Database' },
  ...['codebase', 'codebase_migrator'].map((name) => ({
    urn: `urn:${name}`,
    type: 'postgresql:index/role:Role',
    outputs: { name },
  })),
]

const stack = (given: Given = {}) =>
  fakeTools({ config: CONFIG, state: { resources: [...RECORDED.resources, ...OURS] }, ...given })

const BROKEN: Violation = {
  policy: 'host-path',
  level: 'mandatory',
  remedy: 'Use a volume',
  type: 'kubernetes:apps/v1:Deployment',
  resource: 'server-pods',
  at: 'spec.template.spec.volumes[logs].hostPath',
  says: 'is /var/log on the host',
}

/** Something that Pulumi tells. */
const TOLD = { diagnosticEvent: { severity: 'error', message: 'told', color: 'never' } } as EngineEvent

describe.each([
  ['an up', up],
  ['a preview', preview],
] as const)('%s', (_, command) => {
  test('refuses violations of mandatory policies before anything is created, and says how to accept them', async () => {
    const violations = [BROKEN, { ...BROKEN, resource: 'worker-pods' }]
    const { tools, done, printed } = stack({ violations, events: [TOLD], isMade: false })
    await expect(command(tools, {})).rejects.toThrow(
      [
        'Before this can run:',
        '- The policy host-path is violated. Use a volume:',
        '  - Deployment server-pods: spec.template.spec.volumes[logs].hostPath is /var/log on the host',
        '  - Deployment worker-pods: spec.template.spec.volumes[logs].hostPath is /var/log on the host',
        'If this is intended, add to the settings: acceptedPolicies: [host-path]',
      ].join('\n'),
    )
    expect(done.filter((each) => each !== 'preview')).toEqual([])
    expect(printed).toEqual([])
  })

  test('continues if a policy is only advisory', async () => {
    const { tools, done } = stack({ violations: [{ ...BROKEN, level: 'advisory' }] })
    await command(tools, {})
    expect(done).not.toEqual([])
  })
})

describe('an up on Docker', () => {
  test('creates the stack if it does not exist, and prints how to reach it', async () => {
    const outputs = {
      url: 'http://127.0.0.1:1',
      clients: { claudeCode: 'claude mcp add', http: {}, stdio: 'docker run' },
    }
    const { tools, done, printed } = stack({ isMade: false, containers: [], outputs })
    expect(await up(tools, {})).toBe(0)
    expect(done).toEqual(['make', 'up'])
    expect(printed.join()).toContain('Codebase MCP: http://127.0.0.1:1')
  })

  test('passes on additional options', async () => {
    const { tools, done } = stack()
    await up(tools, { refresh: true, replace: ['urn:mine'], yes: true })
    expect(done).toContain('up {"refresh":true,"replace":["urn:mine"]}')
  })

  test('that fails reports each unhealthy container once, with the end of its log', async () => {
    const { tools, printed } = stack({
      containers: [...CORE.slice(0, 2), container('server', { health: 'unhealthy', checkOutput: 'no table' })],
      logs: { 'codebase-mcp-server': [{ time: '1', text: 'relation is missing' }] },
      operation: () => false,
    })
    expect(await up(tools, {})).toBe(1)
    expect(printed).toEqual([
      '\nserver is unhealthy: no table. Its last lines:\n  relation is missing\n  `npm run logs -- server` shows why; `npm run up` replaces it.\n',
    ])
  })

  test('during which the engine goes away reports that', async () => {
    let fault: Fault | undefined
    const operation = () => {
      fault = { detail: 'The Docker engine does not answer', remedy: 'start it' }
      return false
    }
    const { tools } = stack({ operation, engineFault: () => fault })
    await expect(up(tools, {})).rejects.toThrow(
      'The operation stopped halfway. The Docker engine does not answer: start it; then run `npm run up` to continue',
    )
  })

  test('removes a lock whose process is gone, but none that is held', async () => {
    const lock = { pid: 7, host: 'here', since: '2026-01-01T00:00:00Z' }
    const { tools, done, printed } = stack({ locks: [{ ...lock, isHeld: false }] })
    await up(tools, {})
    expect(done[0]).toBe('unlock')
    expect(printed.join()).toContain('Removing the lock')
    await expect(up(stack({ locks: [{ ...lock, isHeld: true }] }).tools, {})).rejects.toThrow(
      'Another `pulumi` is working on the stack dev (process 7 on here, since 2026-01-01T00:00:00Z)',
    )
  })

  test('reports all obstacles at once', async () => {
    const { tools, done } = stack({
      hasPulumi: false,
      engineFault: () => ({ detail: 'Docker is not on the PATH', remedy: 'install it' }),
    })
    await expect(up(tools, {})).rejects.toThrow(
      'Before this can run:\n- There is no CLI: install it\n- Docker is not on the PATH: install it',
    )
    expect(done).toEqual([])
  })

  test('installs the CLI for this project if nothing else is missing and somebody agrees', async () => {
    const asked = stack({ hasPulumi: false, isInteractive: true, answer: 'yes' })
    await up(asked.tools, {})
    expect(asked.done.slice(0, 2)).toEqual(['install', 'up'])
    await expect(up(stack({ hasPulumi: false, isInteractive: true, answer: '' }).tools, {})).rejects.toThrow(
      'Nothing was installed.',
    )
    await expect(up(stack({ hasPulumi: false }).tools, {})).rejects.toThrow('There is no CLI: install it')
  })
})

describe('an up on a machine that lacks plugins', () => {
  const machine = { isOnPath: (program: string) => program === 'pulumi-resource-random' }

  test('downloads those that the stack needs before it makes anything', async () => {
    const { tools, done } = stack({ machine, isMade: false, byHand: () => 0 })
    expect(await up(tools, {})).toBe(0)
    expect(done.slice(0, 3)).toEqual([
      'pulumi plugin install resource docker 1.0.0',
      'pulumi plugin install resource postgresql 1.0.0',
      'make',
    ])
  })

  test('makes nothing if one cannot be downloaded, and says how to get it without the internet', async () => {
    const { tools, done } = stack({ machine, isMade: false, byHand: (words) => (words.includes('docker') ? 0 : 255) })
    await expect(up(tools, {})).rejects.toThrow(
      'Before this can run:\n- The plugin postgresql 1.0.0 is not installed and cannot be downloaded: Without internet access, put pulumi-resource-postgresql on the PATH, or run: npm run pulumi -- plugin install resource postgresql 1.0.0 --file FILE',
    )
    expect(done).toHaveLength(2)
  })
})

test('an up on Kubernetes that builds an image needs the plugin that builds it', async () => {
  const config = {
    'codebase-mcp:target': 'kubernetes',
    'codebase-mcp:image': '{"registry":"registry.example.com/team"}',
  }
  const names = async (more: Record<string, string>) =>
    providersOf((await fakeTools({ config: { ...config, ...more } }).tools.plan()).resources)
  expect(await names({})).toEqual(['docker-build', 'kubernetes', 'random'])
  expect(await names({ 'codebase-mcp:image': '{"reference":"registry.example.com/team/codebase-mcp:1"}' })).toEqual([
    'kubernetes',
    'random',
  ])
})

test('a preview creates the stack if it does not exist, and exits like Pulumi', async () => {
  const { tools, done } = stack({ isMade: false, operation: () => false })
  expect(await preview(tools, { expectNoChanges: true })).toBe(1)
  const shown = 'preview {"expectNoChanges":true}'
  expect(done).toEqual([shown, 'make', shown])
})

test('a preview reports why an up would be refused, still shows the changes, and fails', async () => {
  const config = { ...CONFIG, 'codebase-mcp:repositories': '["/no/such"]' }
  const engineFault = () => ({ detail: 'Docker is away', remedy: 'start it' })
  const { tools, done, printed } = stack({ config, engineFault, events: [TOLD] })
  expect(await preview(tools, {})).toBe(1)
  expect(done).toEqual(['preview'])
  expect(printed).toEqual([
    '! Docker is away: start it',
    expect.stringMatching(/^x codebase-mcp:repositories has "\/no\/such"/),
    'error: told',
  ])
  const away = stack({ engineFault })
  expect(await preview(away.tools, {})).toBe(0)
})

describe('a down', () => {
  test('removes the containers until somebody brings them up again', async () => {
    const { tools, done, printed } = stack()
    expect(await down(tools, {})).toBe(0)
    expect(done).toEqual(['up {"codebase-mcp:running":"false"}'])
    expect(printed).toEqual(['The index and the model are kept; `npm run down -- --data` removes them too.'])
  })

  test('removes the data after the name of the stack was typed, and a lock that was left', async () => {
    const locks = [{ pid: 7, host: 'here', since: 'noon', isHeld: false }]
    const { tools, done } = stack({ isInteractive: true, answer: 'dev', locks })
    expect(await down(tools, { data: true })).toBe(0)
    expect(done).toEqual(['unlock', 'unprotect', 'destroy'])
    await expect(down(stack({ isInteractive: true, answer: 'prod' }).tools, { data: true })).rejects.toThrow(Refused)
    await expect(down(stack().tools, { data: true })).rejects.toThrow('Not a terminal; pass --yes')
    const consented = stack()
    await down(consented.tools, { data: true, yes: true })
    expect(consented.done).toEqual(['unprotect', 'destroy'])
  })

  test('has nothing to do if nothing exists', async () => {
    const { tools, done, printed } = stack({ state: { resources: [] } })
    expect(await down(tools, { data: true })).toBe(0)
    expect(done).toEqual([])
    expect(printed).toEqual(['The stack dev has nothing to remove.'])
  })
})

test('the output names the command that prints the token, and not the token', () => {
  const told = howToConnect({ url: 'http://x', clients: {}, token: '[secret]' }, { stack: 'prod' })
  expect(told).toContain('npm run pulumi -- stack output token --show-secrets --stack prod')
  expect(told).toContain('SERVER_URL=http://x SERVER_TOKEN=YOUR_TOKEN npm run search')
  expect(told).not.toContain('[secret]')
  expect(howToConnect({}, { stack: 'prod' })).toBe('Done.')
})

test('without a terminal, an up does not wait for indexing, and says how to see it', async () => {
  const { tools, printed } = stack({ outputs: { url: 'http://127.0.0.1:1', clients: {} } })
  await up(tools, {})
  expect(printed.at(-1)).toMatch(/\nHow far indexing is:\n {2}npm run status$/)
})

describe('indexing', () => {
  const job = (state: string, done: number, kind = 'index') => ({
    job_id: '1',
    repository: 'shop',
    kind,
    state,
    progress: done / 10,
    files_total: 10,
    files_done: done,
    chunks_to_embed: 10,
    chunks_embedded: done,
  })
  const shop = (chunks: number) => ({ name: 'shop', chunks })

  type Look = { readonly jobs: readonly ReturnType<typeof job>[]; readonly repositories: readonly unknown[] }

  /** Returns the messages while the server reports these one after the other and then stops answering. */
  async function told(...looks: readonly Look[]): Promise<string[]> {
    const all: string[] = []
    const left = [...looks]
    const answers = () => {
      const look = left.shift()
      return { output: JSON.stringify(look === undefined ? { fault: 'ECONNREFUSED' } : { health: {}, ...look }) }
    }
    const { tools } = stack({ programs: answers })
    const target = await tools.targetOf(tools.settings())
    const terminal = {
      ...tools.terminal,
      note: (text: string) => void all.push(text.trim()),
      progress: (text: string) => void all.push(text),
    }
    await followIndexing({ target, terminal, status: 'npm run status' }, () => all.push('READY BLOCK'))
    return all
  }

  test('is followed to its end, and how to connect is told as soon as something can be searched', async () => {
    expect(
      await told(
        { jobs: [job('running', 2)], repositories: [shop(0)] },
        { jobs: [job('running', 9)], repositories: [shop(5)] },
        { jobs: [job('succeeded', 10)], repositories: [shop(6)] },
      ),
    ).toEqual([
      'Ctrl-C stops watching, not indexing. shop: indexing, 20 %, 2 of 10 files',
      'Ready: shop can be searched.',
      'READY BLOCK',
      'Ctrl-C stops watching, not indexing. shop: indexing, 90 %, 9 of 10 files',
      'Indexed. `npm run status` shows how far indexing is.',
    ])
  })

  test('ends although embedding continues, and says how far that is', async () => {
    const lines = await told({ jobs: [job('running', 3, 'embed')], repositories: [shop(10)] })
    expect(lines.slice(0, 2)).toEqual(['Ready: shop can be searched.', 'READY BLOCK'])
    expect(lines.at(-1)).toBe(
      'Indexed. Embedding continues in the background, and search does not wait for it (shop: embedding, 30 %, 3 of 10 chunks). `npm run status` shows how far indexing is.',
    )
  })

  test('of a repository that takes long is not followed without end', async () => {
    const lines = await told(...Array.from({ length: 500 }, () => ({ jobs: [job('queued', 0)], repositories: [] })))
    expect(lines.slice(-2)).toEqual([
      'READY BLOCK',
      'Indexing continues in the background. `npm run status` shows how far indexing is.',
    ])
  })

  test('is not reported any further if the server stops answering', async () => {
    const lines = await told({ jobs: [job('running', 2)], repositories: [shop(1)] })
    expect(lines.filter((line) => line === 'READY BLOCK')).toHaveLength(1)
    expect(lines.at(-1)).toContain('does not answer: ECONNREFUSED. `npm run status` shows')
  })
})
