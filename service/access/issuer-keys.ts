import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { z } from 'zod'
import { Fault } from '../errors.ts'
import { MINUTE, SECOND } from '../units.ts'

const TIMEOUT_MS = 5 * SECOND
/** After a failure, requests fail with the same error for this long, without another request to the issuer. */
const HOLD_OFF_MS = SECOND
/** An unknown key causes a new read of the keys, at most once in this time. */
const COOLDOWN_MS = 10 * SECOND
const RENEW_AFTER_MS = 10 * MINUTE
/** How long keys remain valid while the issuer does not answer. */
const KEEP_MS = 60 * MINUTE

const discovery = z.object({ issuer: z.string(), jwks_uri: z.url() })
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) })

interface Kept {
  readonly select: ReturnType<typeof createLocalJWKSet>
  readonly at: number
}

/** Reads the issuer's keys on first use and caches them. Cached keys are used while they are renewed. */
export function makeIssuerKeys(issuer: string): JWTVerifyGetKey {
  let kept: Kept | undefined
  let pending: Promise<Kept> | undefined
  let failed: { readonly fault: Fault; readonly at: number } | undefined

  const read = async (): Promise<Kept> => {
    try {
      kept = { select: createLocalJWKSet(await readKeys(issuer)), at: performance.now() }
      failed = undefined
      return kept
    } catch (error) {
      failed = { fault: unavailable(issuer, error), at: performance.now() }
      throw failed.fault
    } finally {
      pending = undefined
    }
  }
  const renewed = async (): Promise<Kept> => {
    if (failed !== undefined && performance.now() - failed.at < HOLD_OFF_MS) throw failed.fault
    pending ??= read()
    return pending
  }
  const current = async (): Promise<Kept> => {
    if (kept === undefined || performance.now() - kept.at > KEEP_MS) return renewed()
    // Renew in the background. A failure is reported once the cached keys have expired.
    if (performance.now() - kept.at > RENEW_AFTER_MS) renewed().catch(() => {})
    return kept
  }

  return async (header, token) => {
    const { select, at } = await current()
    try {
      return await select(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || performance.now() - at < COOLDOWN_MS) throw error
      return (await renewed()).select(header, token)
    }
  }
}

async function readKeys(issuer: string): Promise<JSONWebKeySet> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const { issuer: named, jwks_uri: keysAddress } = discovery.parse(await readJson(address, signal))
  if (named !== issuer) throw new Error(`it calls itself ${named}`)
  if (new URL(keysAddress).protocol !== new URL(issuer).protocol) throw new Error('its keys are not at https://')
  return keySet.parse(await readJson(keysAddress, signal)) as JSONWebKeySet
}

async function readJson(url: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } })
  if (!response.ok) throw new Error(`${url} answers with status ${response.status}`)
  return response.json()
}

function unavailable(issuer: string, cause: unknown): Fault {
  return new Fault(
    'issuer_unavailable',
    `The keys of the issuer ${issuer} cannot be read, so its tokens cannot be checked (${reasonOf(cause)})`,
    'Try again in a second; if this persists, ask the operator of the server to check the issuer, the network path to it, and OIDC_ISSUER',
    { cause },
  )
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError || error instanceof SyntaxError) return 'its answer does not follow OIDC'
  const { name, message, cause } = error as Error
  if (name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / SECOND} s`
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? message
}
