import { createHash, timingSafeEqual } from 'node:crypto'
import { Fault } from '../errors.ts'
import { EVERYTHING, type Grant, OWNERS } from './grant.ts'
import type { OidcSettings } from './oidc.ts'
import type { Token } from './tokens.ts'

export interface AccessSettings {
  /** If there are no tokens and no issuer, anyone who can reach the server may do everything. */
  readonly tokens: readonly Token[]
  readonly oidc?: OidcSettings
  /** Token of the user who started the server. Only that user can read it. */
  readonly ownerToken?: string
}

/**
 * Returns the grant of the sender of an Authorization header.
 * @throws Fault `unauthorized`, `token_invalid`, `insufficient_scope`, `issuer_unavailable`
 */
export type Authenticate = (authorization: string | undefined) => Promise<Grant>

export function makeAuthenticate({ tokens, oidc, ownerToken }: AccessSettings): Authenticate {
  const owners = ownerToken === undefined ? [] : [{ token: ownerToken, grant: OWNERS }]
  const known = makeTokenCheck([...tokens, ...owners])
  if (tokens.length === 0 && oidc === undefined) {
    return async (authorization) => known(tokenIn(authorization) ?? '') ?? EVERYTHING
  }
  const signed = oidc === undefined ? undefined : makeSignedCheck(oidc)
  return async (authorization) => {
    const token = tokenIn(authorization)
    if (token === undefined) throw missing()
    const grant = known(token) ?? (isSigned(token) ? await signed?.(token) : undefined)
    if (grant === undefined) throw unknown()
    return grant
  }
}

const tokenIn = (authorization: string | undefined) => /^Bearer +([^\s]+)$/i.exec(authorization ?? '')?.[1]

const hash = (text: string) => createHash('sha256').update(text).digest()

function makeTokenCheck(tokens: readonly Token[]): (token: string) => Grant | undefined {
  const known = tokens.map(({ token, grant }) => ({ hashed: hash(token), grant }))
  return (token) => {
    const given = hash(token)
    // Compare every token, so that the time taken reveals nothing.
    const [found] = known.filter(({ hashed }) => timingSafeEqual(hashed, given))
    return found?.grant
  }
}

const isSigned = (token: string) => token.split('.').length === 3

/** Loads the code that checks signatures with the first signed token. */
function makeSignedCheck(settings: OidcSettings): (token: string) => Promise<Grant> {
  let check: Promise<(token: string) => Promise<Grant>> | undefined
  return async (token) => {
    check ??= import('./oidc.ts').then(({ makeOidc }) => makeOidc(settings))
    return (await check)(token)
  }
}

function missing(): Fault {
  return new Fault(
    'unauthorized',
    'A bearer token is required',
    'Send "Authorization: Bearer …" with a token from the operator of the server',
  )
}

function unknown(): Fault {
  return new Fault(
    'token_invalid',
    'This bearer token is unknown',
    'Send a token from AUTH_TOKENS or from the OIDC issuer of the server',
  )
}
