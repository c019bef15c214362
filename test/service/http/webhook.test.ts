import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseTokens } from '../../../service/access/tokens.ts'
import type { Push } from '../../../service/indexing/contract.ts'
import { fakeDomain, JOB } from '../tools/fake-domain.ts'
import { ask, startServer } from './running-server.ts'

const SECRET = 'a secret of sixteen'
const TOKEN = 'a-token-of-sixteen'
const pushes: Push[] = []
let listings = 0
const { context } = fakeDomain({
  catalogue: {
    pushed: async (push) => {
      pushes.push(push)
      return [{ ...JOB, state: 'queued' }]
    },
    listAgain: async () => {
      listings++
    },
  },
})
let server: Awaited<ReturnType<typeof startServer>>
beforeAll(async () => {
  server = await startServer({ context, settings: { webhookSecret: SECRET, tokens: parseTokens(TOKEN) } })
})
beforeEach(() => {
  pushes.length = 0
})
afterAll(() => server.stop())

const send = (body: string, headers: Record<string, string>, port = server.port) =>
  ask(port, '/v1/webhooks/git', { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })
const signed = (body: string, secret = SECRET) => ({
  'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
})

const GITHUB = JSON.stringify({
  ref: 'refs/heads/main',
  after: 'a'.repeat(40),
  repository: {
    id: 7,
    full_name: 'team/shop',
    clone_url: 'https://github.example/team/shop.git',
    ssh_url: 'git@github.example:team/shop.git',
    default_branch: 'main',
  },
  commits: [{ added: Array.from({ length: 20_000 }, (_, at) => `f${at}`) }],
})
const GITLAB = JSON.stringify({
  object_kind: 'push',
  ref: 'refs/tags/v1',
  project: {
    id: 8,
    git_http_url: 'https://gitlab.example/team/shop.git',
    git_ssh_url: 'git@gitlab.example:team/shop.git',
    default_branch: 'trunk',
  },
})

describe('POST /v1/webhooks/git', () => {
  test.each([
    ['GitHub', { 'x-github-event': 'repository' }, { action: 'renamed', repository: { full_name: 'team/till' } }],
    ['Gitea', { 'x-gitea-event': 'repository' }, { action: 'deleted', repository: { full_name: 'team/shop' } }],
    ['GitLab', { 'x-gitlab-token': SECRET }, { event_name: 'project_rename', path_with_namespace: 'team/till' }],
  ])(
    'makes the worker list organisations and groups again if %s reports another repository',
    async (_, headers, said) => {
      listings = 0
      const body = JSON.stringify(said)
      expect((await send(body, headers)).status).toBe('x-gitlab-token' in headers ? 202 : 401)
      expect((await send(body, { ...headers, ...signed(body) })).status).toBe(202)
      expect(listings).toBe('x-gitlab-token' in headers ? 2 : 1)
    },
  )

  test('accepts a push signed by GitHub, without a bearer token', async () => {
    const { status, text } = await send(GITHUB, { 'x-github-event': 'push', ...signed(GITHUB) })
    expect([status, JSON.parse(text)]).toEqual([202, { jobs: [{ job_id: JOB.id, repository: 'shop' }] }])
    expect(pushes).toEqual([
      {
        urls: ['https://github.example/team/shop.git', 'git@github.example:team/shop.git'],
        id: '7',
        ref: 'refs/heads/main',
        defaultBranch: 'main',
      },
    ])
  })

  test('accepts a push as a form, which is the default of GitHub', async () => {
    const form = new URLSearchParams({ payload: GITHUB }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded', ...signed(form) }
    expect((await send(form, headers)).status).toBe(202)
    expect(pushes).toMatchObject([{ id: '7', ref: 'refs/heads/main' }])
    expect((await send('a=b', { ...headers, ...signed('a=b') })).status).toBe(400)
    expect((await send(form, { ...headers, ...signed(GITHUB) })).status).toBe(401)
  })

  test('accepts a push of GitLab that bears the secret', async () => {
    expect((await send(GITLAB, { 'x-gitlab-token': SECRET })).status).toBe(202)
    expect(pushes).toMatchObject([{ id: '8', ref: 'refs/tags/v1', defaultBranch: 'trunk' }])
    expect(pushes[0]?.urls).toHaveLength(2)
  })

  describe('with a signing token of GitLab', () => {
    const KEY = Buffer.from('thirty-two bytes, as many as made')
    const TOKEN_OF_KEY = `whsec_${KEY.toString('base64')}`
    const seconds = (ago = 0) => String(Math.floor(Date.now() / 1000) - ago)
    const headersOf = (body: string, key: string | Buffer, time = seconds()) => ({
      'webhook-id': 'msg_1',
      'webhook-timestamp': time,
      'webhook-signature': `v1,${createHmac('sha256', key).update(`msg_1.${time}.${body}`).digest('base64')}`,
    })
    let other: Awaited<ReturnType<typeof startServer>>
    beforeAll(async () => {
      other = await startServer({ context, settings: { webhookSecret: TOKEN_OF_KEY, tokens: parseTokens(TOKEN) } })
    })
    afterAll(() => other.stop())

    test('accepts a push that is signed with it, also beside signatures of other tokens', async () => {
      expect((await send(GITLAB, headersOf(GITLAB, SECRET))).status).toBe(202)
      expect((await send(GITLAB, headersOf(GITLAB, KEY), other.port)).status).toBe(202)
      const signatures = headersOf(GITLAB, KEY)
      const several = { ...signatures, 'webhook-signature': `v1,b3RoZXI= ${signatures['webhook-signature']}` }
      expect((await send(GITLAB, several, other.port)).status).toBe(202)
      expect(pushes).toHaveLength(3)
    })

    test.each([
      ['with another key', () => headersOf(GITLAB, 'another key')],
      ['with the text of the token as its key', () => headersOf(GITLAB, TOKEN_OF_KEY)],
      ['for another body', () => headersOf(`${GITLAB} `, KEY)],
      ['ten minutes ago', () => headersOf(GITLAB, KEY, seconds(600))],
      ['ten minutes ahead', () => headersOf(GITLAB, KEY, seconds(-600))],
      ['at no time', () => headersOf(GITLAB, KEY, 'now')],
      ['for another time', () => ({ ...headersOf(GITLAB, KEY), 'webhook-timestamp': seconds(1) })],
    ])('refuses a push that is signed %s', async (_, headers) => {
      expect((await send(GITLAB, headers(), other.port)).status).toBe(401)
      expect(pushes).toEqual([])
    })
  })

  test.each([
    ['without a signature', {}],
    ['with another secret', signed(GITHUB, 'another secret of more')],
    ['with the signature of another body', signed(`${GITHUB} `)],
    ['with a signature that is cut', { 'x-hub-signature-256': signed(GITHUB)['x-hub-signature-256'].slice(0, 40) }],
    ['with an empty token', { 'x-gitlab-token': '' }],
    ['with a wrong token', { 'x-gitlab-token': `${SECRET}x` }],
    ['with a bearer token only', { authorization: `Bearer ${TOKEN}` }],
  ])('refuses a call %s', async (_, headers) => {
    const { status, text } = await send(GITHUB, headers)
    expect([status, JSON.parse(text).code]).toEqual([401, 'unauthorized'])
    expect(text).not.toContain(SECRET)
    expect(pushes).toEqual([])
  })

  test.each(['{"zen": "Keep it simple."}', '[]', '{"ref": 1}', '"text"'])(
    'accepts and ignores what is not a push: %s',
    async (body) => {
      const { status, text } = await send(body, signed(body))
      expect([status, JSON.parse(text), pushes]).toEqual([202, { jobs: [] }, []])
    },
  )

  test('refuses a body that is too large or not JSON', async () => {
    const large = JSON.stringify({ ref: 'x'.repeat(2_000_000) })
    expect((await send(large, signed(large))).status).toBe(413)
    expect((await send('payload=x', signed('payload=x'))).status).toBe(400)
  })

  test('does not exist without a secret', async () => {
    const without = await startServer()
    const { status } = await send(GITHUB, signed(GITHUB), without.port)
    await without.stop()
    expect(status).toBe(404)
  })
})
