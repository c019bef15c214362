import { errors, type JWTPayload, jwtVerify } from 'jose'
import { Fault } from '../errors.ts'
import { Grant, RIGHTS, RightMissing } from './grant.ts'
import { makeIssuerKeys } from './issuer-keys.ts'
import { RepositoryScope } from './repository-scope.ts'

/** The issuer whose tokens are accepted, and the meaning of their claims. */
export interface OidcSettings {
  /** Exactly as in the claim `iss`. */
  readonly issuer: string
  /** The claim `aud` must contain one of these. */
  readonly audiences: readonly string[]
  /** Claim that lists repositories, as globs. */
  readonly repositoriesClaim: string
  /** Repositories of tokens without that claim. */
  readonly repositories: readonly string[]
  /** Client for sign-in on the web page. If undefined, the page asks for a token. */
  readonly page?: PageClient
}

/** The web page as a client of the issuer. */
interface PageClient {
  readonly id: string
  /** Undefined for a public client, which only PKCE protects. */
  readonly secret?: string
  readonly scopes: readonly string[]
}

// "none" and HMAC would prove nothing: anyone can compute them from a public key.
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']
const CLOCK_TOLERANCE = '30 s'

/**
 * Returns a function that verifies tokens signed by the issuer.
 * @throws Fault `token_invalid`, `insufficient_scope`, `issuer_unavailable`
 */
export function makeOidc(settings: OidcSettings): (token: string) => Promise<Grant> {
  const keys = makeIssuerKeys(settings.issuer)
  const options = {
    issuer: settings.issuer,
    audience: [...settings.audiences],
    algorithms: ALGORITHMS,
    clockTolerance: CLOCK_TOLERANCE,
    requiredClaims: ['exp'],
  }
  return async (token) => {
    const verified = await jwtVerify(token, keys, options).catch((error) => {
      throw error instanceof Fault ? error : invalid(reasonOf(error), settings.issuer)
    })
    return grantIn(verified.payload, settings)
  }
}

function grantIn(claims: JWTPayload, settings: OidcSettings): Grant {
  const scopes = [...wordsIn(claims.scope), ...wordsIn(claims.scp)]
  const rights = RIGHTS.filter((right) => scopes.includes(`codebase:${right}`))
  if (rights.length === 0) throw new RightMissing('read')
  const claimed = claims[settings.repositoriesClaim]
  return new Grant(rights, new RepositoryScope(claimed === undefined ? settings.repositories : wordsIn(claimed)))
}

/** Returns the words of a claim that is a list or a space-separated string, and nothing for any other value. */
function wordsIn(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(/\s+/).filter((word) => word !== '')
  const isList = Array.isArray(claim) && claim.every((word) => typeof word === 'string')
  return isList ? claim.filter((word) => word !== '') : []
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'This token has expired'
  if (error instanceof errors.JWTClaimValidationFailed)
    return `The claim ${error.claim} of this token is not valid for this server`
  return 'The signature of this token is not valid'
}

function invalid(message: string, issuer: string): Fault {
  return new Fault('token_invalid', message, `Get a new token for this server from ${issuer}`)
}
