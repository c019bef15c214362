import * as client from 'openid-client'
import { Fault } from '../errors.ts'
import { MINUTE } from '../units.ts'
import { isLoopbackUrl } from './loopback.ts'
import type { OidcSettings } from './oidc.ts'

const TIMEOUT_S = 5
/** The issuer's endpoints rarely change. Failures to read them are not cached. */
const RENEW_AFTER_MS = 10 * MINUTE

/** State that the browser keeps while a person signs in at the issuer. */
interface SignInBegun {
  /** URL at the issuer where the person signs in. */
  readonly url: string
  /** Value that the issuer returns in the redirect. */
  readonly state: string
  /** Proves that the redirect reached the browser that started the sign-in (PKCE). */
  readonly verifier: string
}

/** Gets access tokens from an OIDC issuer for a person in a browser, by the authorization code flow with PKCE. */
export interface SignIn {
  /** `returnTo` is the URL of the page as registered with the issuer. @throws Fault `issuer_unavailable` */
  begin(returnTo: string): Promise<SignInBegun>
  /**
   * Exchanges the code in the redirect for an access token.
   * @throws Fault `token_invalid` if the issuer refuses, `issuer_unavailable`
   */
  finish(cameBackTo: URL, kept: Pick<SignInBegun, 'state' | 'verifier'>): Promise<string>
}

/** Returns undefined if the settings name no client for the page. */
export function makeSignIn({ issuer, page, audiences }: OidcSettings): SignIn | undefined {
  if (page === undefined) return undefined
  let kept: { readonly at: number; readonly reading: Promise<client.Configuration> } | undefined
  const configuration = () => {
    if (kept === undefined || performance.now() - kept.at > RENEW_AFTER_MS) {
      const reading = discover(issuer, page)
      kept = { at: performance.now(), reading }
      reading.catch(() => (kept = undefined))
    }
    return kept.reading
  }
  // RFC 8707: ask for a token for this server if its audience is a URL.
  const [resource] = audiences.filter((audience) => /^https?:/.test(audience))
  const more: Record<string, string> = resource === undefined ? {} : { resource }
  return {
    async begin(returnTo) {
      const config = await configuration().catch((error) => {
        throw unavailable(issuer, error)
      })
      const verifier = client.randomPKCECodeVerifier()
      const state = client.randomState()
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: returnTo,
        scope: page.scopes.join(' '),
        state,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...more,
      })
      return { url: url.href, state, verifier }
    },
    async finish(cameBackTo, { state, verifier }) {
      const checks = { expectedState: state, pkceCodeVerifier: verifier }
      try {
        const config = await configuration()
        return (await client.authorizationCodeGrant(config, cameBackTo, checks, more)).access_token
      } catch (error) {
        throw refusal(issuer, error) ?? unavailable(issuer, error)
      }
    },
  }
}

type Page = NonNullable<OidcSettings['page']>

function discover(issuer: string, { id, secret }: Page): Promise<client.Configuration> {
  const authentication = secret === undefined ? client.None() : client.ClientSecretPost(secret)
  return client.discovery(new URL(issuer), id, undefined, authentication, {
    timeout: TIMEOUT_S,
    ...(isLoopbackUrl(issuer) ? { execute: [client.allowInsecureRequests] } : {}),
  })
}

/** Returns a fault if the issuer refused, and undefined if it could not decide. */
function refusal(issuer: string, error: unknown): Fault | undefined {
  const isAnswer = error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError
  // The redirect has a different state than this sign-in, or no code.
  const isForeign = error instanceof client.ClientError && error.code === 'OAUTH_INVALID_RESPONSE'
  if (!isAnswer && !isForeign) return undefined
  const told = isAnswer
    ? [error.error, error.error_description]
    : ['its answer does not belong to a sign-in of this tab']
  return new Fault(
    'token_invalid',
    `The issuer ${issuer} did not sign you in (${told.filter(Boolean).join(': ').slice(0, 300)})`,
    'Sign in again; if this persists, ask the operator of the server to compare OIDC_CLIENT_ID and OIDC_SCOPES with the issuer',
    { cause: error },
  )
}

function unavailable(issuer: string, cause: unknown): Fault {
  const { message, cause: reason } = cause as Error
  return new Fault(
    'issuer_unavailable',
    `The issuer ${issuer} cannot be reached to sign you in (${(reason as NodeJS.ErrnoException | undefined)?.code ?? message})`,
    `Try again in a few seconds; it has ${TIMEOUT_S} s to answer`,
    { cause },
  )
}
