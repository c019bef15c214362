import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { z } from 'zod'
import { CALL_DEADLINE_MS, inTime } from '../deadline.ts'
import { Fault } from '../errors.ts'
import type { Catalogue, Push } from '../indexing/contract.ts'
import { MINUTE, SECOND } from '../units.ts'
import { jsonIn, readBody } from './body.ts'
import { sendJson } from './reply.ts'
import type { Route } from './router.ts'

/** Receives pushes from git servers: GitHub, Gitea and Forgejo sign them; GitLab signs them or sends its token. */
export function webhookRoute(secret: string, catalogue: Pick<Catalogue, 'pushed' | 'listAgain'>): Route {
  return {
    method: 'POST',
    path: '/v1/webhooks/git',
    withoutToken: true,
    async handle({ request, response }) {
      const body = await readBody(request)
      if (!isFromServer(secret, request.headers, body)) throw notSigned()
      const said = jsonIn(isForm(request.headers) ? ofForm(body) : body)
      if (isOfRepositories(request.headers, said)) await inTime(CALL_DEADLINE_MS, () => catalogue.listAgain())
      const push = pushIn(said)
      const jobs = push === undefined ? [] : await inTime(CALL_DEADLINE_MS, () => catalogue.pushed(push))
      sendJson(response, 202, { jobs: jobs.map(({ id, repository }) => ({ job_id: id, repository })) })
    },
  }
}

/** GitHub's default is a form with the JSON in one of its fields. */
const isForm = ({ 'content-type': type = '' }: IncomingHttpHeaders) =>
  /^application\/x-www-form-urlencoded\b/i.test(type)

const ofForm = (body: Buffer) => Buffer.from(new URLSearchParams(body.toString()).get('payload') ?? '')

function isFromServer(secret: string, headers: IncomingHttpHeaders, body: Buffer): boolean {
  const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
  const isSigned = isSame(headers['x-hub-signature-256'], signature)
  return isSame(headers['x-gitlab-token'], secret) || isSigned || isStandard(secret, headers, body)
}

/** How long a signed call is accepted, so that nobody can repeat a recorded one later. */
const TOLERANCE_MS = 5 * MINUTE

/** GitLab's signing token follows https://www.standardwebhooks.com. */
function isStandard(secret: string, headers: IncomingHttpHeaders, body: Buffer): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signatures } = headers
  if (typeof id !== 'string' || typeof signatures !== 'string' || typeof time !== 'string') return false
  if (!/^\d+$/.test(time)) return false
  if (Math.abs(Date.now() - Number(time) * SECOND) > TOLERANCE_MS) return false
  const hmac = createHmac('sha256', keyOf(secret)).update(`${id}.${time}.`).update(body).digest('base64')
  return signatures.split(' ').some((each) => isSame(each, `v1,${hmac}`))
}

/** A token with this prefix is the Base64 of the key. */
function keyOf(secret: string): string | Buffer {
  const [, encoded] = /^whsec_([A-Za-z0-9+/]{22,}={0,2})$/.exec(secret) ?? []
  return encoded === undefined ? secret : Buffer.from(encoded, 'base64')
}

/** Compares in constant time. */
function isSame(given: string | string[] | undefined, expected: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(typeof given === 'string' ? given : ''), hash(expected))
}

function notSigned(): Fault {
  return new Fault(
    'unauthorized',
    'The call is not signed with the secret of this server',
    'Give the webhook the secret that the server has in WEBHOOK_SECRET_FILE',
  )
}

/**
 * Whether a repository was created, renamed, archived, moved or deleted: GitHub and Gitea say so in a header, GitLab in
 * the body.
 */
function isOfRepositories(headers: IncomingHttpHeaders, body: unknown): boolean {
  const events = [headers['x-github-event'], headers['x-gitea-event'], headers['x-forgejo-event']]
  return events.includes('repository') || projectEvent.safeParse(body).success
}

const projectEvent = z.object({ event_name: z.string().startsWith('project_') })

const url = z.string().max(2000).optional()
const number = z
  .union([z.number(), z.string().max(100)])
  .transform(String)
  .optional()
const payload = z.object({
  ref: z.string().max(1000),
  repository: z
    .object({
      id: number,
      clone_url: url,
      ssh_url: url,
      git_http_url: url,
      git_ssh_url: url,
      default_branch: z.string().optional(),
    })
    .optional(),
  project: z
    .object({ id: number, git_http_url: url, git_ssh_url: url, default_branch: z.string().optional() })
    .optional(),
})

/** Returns undefined for events other than pushes. */
function pushIn(body: unknown): Push | undefined {
  const { data } = payload.safeParse(body)
  if (data === undefined) return undefined
  const { ref, repository, project } = data
  const urls = [
    repository?.clone_url,
    repository?.ssh_url,
    repository?.git_http_url,
    repository?.git_ssh_url,
    project?.git_http_url,
    project?.git_ssh_url,
  ].filter((each) => each !== undefined)
  const defaultBranch = project?.default_branch ?? repository?.default_branch
  const id = project?.id ?? repository?.id
  return { urls, ref, ...(id === undefined ? {} : { id }), ...(defaultBranch === undefined ? {} : { defaultBranch }) }
}
