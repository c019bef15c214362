import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, type GenerateKeyPairResult, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

export const AUDIENCE = 'https://code.example.com/mcp'

interface SigningKey extends GenerateKeyPairResult {
  readonly kid: string
}

/** Claims and header fields that override those of a token that may read everything. */
interface Differences {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  readonly key?: SigningKey
}

/** Starts an OIDC issuer on a free port that signs any claims. */
export async function startIssuer() {
  let current = await makeKey('first')
  let published = await publicJwk(current)
  let trouble: RequestListener | undefined
  const requested: string[] = []
  const answer: RequestListener = (request, response) => {
    const answers: Record<string, unknown> = {
      '/.well-known/openid-configuration': { issuer: url, jwks_uri: `${url}/keys` },
      '/keys': { keys: [published] },
    }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answers[request.url ?? '']))
  }
  const server = createServer((request, response) => {
    requested.push(request.url ?? '')
    const listener = trouble ?? answer
    listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const sign = ({ claims = {}, header = {}, key = current }: Differences = {}) => {
    const now = Math.floor(Date.now() / 1000)
    const valid = { iss: url, aud: AUDIENCE, sub: 'ada', iat: now, exp: now + 300, scope: 'codebase:read' }
    const payload = withoutUndefined({ ...valid, repositories: ['*'], ...claims })
    return new SignJWT(payload)
      .setProtectedHeader({ alg: 'ES256', kid: key.kid, ...header })
      .sign(key.privateKey, { crit: { 'x-new': true } })
  }
  return {
    url,
    requested,
    sign,
    publicKey: () => published,
    rotate: async () => {
      current = await makeKey(`key-${crypto.randomUUID()}`)
      published = await publicJwk(current)
    },
    /** Answers every request with the listener. Undefined restores the normal answers. */
    fail: (listener: RequestListener | undefined) => (trouble = listener),
    stop: () => {
      server.closeAllConnections()
      return new Promise<unknown>((resolve) => server.close(resolve))
    },
  }
}

export async function makeKey(kid: string): Promise<SigningKey> {
  return { kid, ...(await generateKeyPair('ES256', { extractable: true })) }
}

async function publicJwk({ kid, publicKey }: SigningKey) {
  return { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }
}

function withoutUndefined(claims: Readonly<Record<string, unknown>>): JWTPayload {
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
}
