import { createHmac } from 'node:crypto'
import { exportJWK } from 'jose'
import { AUDIENCE, makeKey, type startIssuer } from '../../fakes/oidc-issuer.ts'

type Issuer = Awaited<ReturnType<typeof startIssuer>>

/** Returns the Authorization header of a request. Undefined for none. */
type Authorization = () => Promise<string | undefined> | string | undefined

/** The expected status, and the error in the challenge. */
interface Expected {
  readonly status: number
  readonly error: string | undefined
}

/** A token with all rights, and one that may only read. */
export const OPAQUE = 'an-opaque-token-of-ours'
export const READER = 'an-opaque-token-to-read'

const INVALID: Expected = { status: 401, error: 'invalid_token' }
const MISSING: Expected = { status: 401, error: undefined }
const FORBIDDEN: Expected = { status: 403, error: 'insufficient_scope' }
const OK: Expected = { status: 200, error: undefined }

const now = () => Math.floor(Date.now() / 1000)
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const withPart = (token: string, at: number, part: (old: string) => string) =>
  token
    .split('.')
    .map((old, index) => (index === at ? part(old) : old))
    .join('.')

/** Returns Authorization headers and the expected answers. Calls `issuer` at the time of the request. */
export function authorizations(
  issuer: () => Issuer,
): readonly (readonly [name: string, authorization: Authorization, expected: Expected])[] {
  const claiming = (claims: Record<string, unknown>) => async () => `Bearer ${await issuer().sign({ claims })}`
  const bearing = (make: () => Promise<string>) => async () => `Bearer ${await make()}`
  return [
    ['no header', () => undefined, MISSING],
    ['an empty header', () => '', MISSING],
    ['only a scheme', () => 'Bearer ', MISSING],
    ['another scheme', () => `Basic ${OPAQUE}`, MISSING],
    ['a token without a scheme', () => OPAQUE, MISSING],
    ['two tokens', () => `Bearer ${OPAQUE} ${READER}`, MISSING],
    ['a known token', () => `Bearer ${OPAQUE}`, OK],
    ['a known token, the scheme in lower case', () => `bearer ${READER}`, OK],
    ['an unknown token', () => 'Bearer an-opaque-token-of-others', INVALID],
    ['a known token cut short', () => `Bearer ${OPAQUE.slice(0, -1)}`, INVALID],
    ['a known token and more', () => `Bearer ${OPAQUE}x`, INVALID],
    ['a valid signed token', claiming({}), OK],
    ['a signed token for several audiences', claiming({ aud: ['other', AUDIENCE] }), OK],
    ['scp in place of scope', claiming({ scope: undefined, scp: ['codebase:read'] }), OK],
    ['a token that expired within the tolerance', claiming({ exp: now() - 10 }), OK],
    ['an expired token', claiming({ exp: now() - 60 }), INVALID],
    ['a token that is not valid yet', claiming({ nbf: now() + 120 }), INVALID],
    ['a token without exp', claiming({ exp: undefined }), INVALID],
    ['a token with a text as exp', claiming({ exp: 'tomorrow' }), INVALID],
    ['a token for another audience', claiming({ aud: 'https://other.example' }), INVALID],
    ['a token without an audience', claiming({ aud: undefined }), INVALID],
    ['a token of another issuer', claiming({ iss: 'https://other.example' }), INVALID],
    ['a token without an issuer', claiming({ iss: undefined }), INVALID],
    ['alg none', bearing(async () => `${encoded({ alg: 'none' })}.${(await issuer().sign()).split('.')[1]}.`), INVALID],
    ['alg HS256 with the public key as secret', () => `Bearer ${signedWithPublicKey(issuer())}`, INVALID],
    ['the key of somebody else', bearing(() => withOwnKey(issuer(), () => ({}))), INVALID],
    ['the key of somebody else in the header', bearing(() => withOwnKey(issuer(), (jwk) => ({ jwk }))), INVALID],
    ['a key that is not known', bearing(() => withOwnKey(issuer(), () => ({ kid: 'second' }))), INVALID],
    [
      'a header that must be understood',
      bearing(() => issuer().sign({ header: { crit: ['x-new'], 'x-new': 1 } })),
      INVALID,
    ],
    [
      'a payload that was changed',
      bearing(async () => withPart(await issuer().sign(), 1, () => encoded({ exp: now() + 9 }))),
      INVALID,
    ],
    ['a signature cut off', bearing(async () => withPart(await issuer().sign(), 2, () => '')), INVALID],
    [
      'a signature that was changed',
      bearing(async () => withPart(await issuer().sign(), 2, (old) => `AAAA${old.slice(4)}`)),
      INVALID,
    ],
    ['three parts of nothing', () => 'Bearer ..', INVALID],
    ['a token without scopes', claiming({ scope: undefined }), FORBIDDEN],
    ['a token with scopes of others', claiming({ scope: 'openid codebase:reader read' }), FORBIDDEN],
    ['a token with the scope to index only', claiming({ scope: 'codebase:index' }), FORBIDDEN],
  ]
}

async function withOwnKey(issuer: Issuer, header: (jwk: object) => Record<string, unknown>) {
  const key = await makeKey('first')
  return issuer.sign({ key, header: header(await exportJWK(key.publicKey)) })
}

export function signedWithPublicKey(issuer: Issuer) {
  const claims = { iss: issuer.url, aud: AUDIENCE, exp: now() + 60, scope: 'codebase:read', repositories: ['*'] }
  const signed = `${encoded({ alg: 'HS256', kid: 'first' })}.${encoded(claims)}`
  const signature = createHmac('sha256', JSON.stringify(issuer.publicKey())).update(signed).digest('base64url')
  return `${signed}.${signature}`
}
