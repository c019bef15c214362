import { errors, type JWTPayload, jwtVerify } from 'jose'
import { Fault } from '../errors.ts'
import { Grant, RIGHTS, RightMissing } from './grant.ts'
import { makeIssuerKeys } from './issuer-keys.ts'
import { RepositoryScope } from './repository-scope.ts'

/** Whose tokens are taken, and what their claims mean. */
export interface OidcSettings {
  /** As the tokens have it in `iss`, to the letter. */
  readonly issuer: string
  /** One of these has to be in `aud`. */
  readonly audiences: readonly string[]
  /** The claim that lists repositories, as globs. */
  readonly repositoriesClaim: string
  /** What a token without that claim is good for. */
  readonly repositories: readonly string[]
  /** As what people sign in through the web page; without it, the page takes a token by its form alone. */
  readonly page?: PageClient
}

/** What the issuer knows the web page by. */
interface PageClient {
  readonly id: string
  /** Absent for a public client, which PKCE protects alone. */
  readonly secret?: string
  /** What the page asks the issuer for. */
  readonly scopes: readonly string[]
}

// With a public key, neither "none" nor HMAC proves anything.
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']
const CLOCK_TOLERANCE = '30 s'

/**
 * Checks tokens that the issuer signed.
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

/** Words of a claim that is a list, or a text with blanks between them; none of anything else. */
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
