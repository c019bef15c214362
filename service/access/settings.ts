import type { AccessSettings } from './authenticate.ts'
import { isLoopback } from './loopback.ts'
import type { Token } from './tokens.ts'

interface Values {
  readonly AUTH_TOKENS?: readonly Token[] | undefined
  readonly OIDC_ISSUER?: string | undefined
  readonly OIDC_AUDIENCE: readonly string[]
  readonly OIDC_REPOSITORIES_CLAIM: string
  readonly OIDC_REPOSITORIES: readonly string[]
}

interface SettingFault {
  readonly variables: readonly string[]
  readonly message: string
}

/** What the variables of OIDC say that does not go together; `given` has them as they are, usable or not. */
export function oidcFaults(values: Values, given: Readonly<Record<string, string>>): SettingFault[] {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audiences } = values
  if (issuer === undefined) {
    if (audiences.length === 0 || given.OIDC_ISSUER !== undefined) return []
    return [{ variables: ['OIDC_ISSUER'], message: 'OIDC_AUDIENCE is set without OIDC_ISSUER; set both or neither' }]
  }
  const faults: SettingFault[] = []
  if (audiences.length === 0) {
    const message = 'OIDC_AUDIENCE is missing: OIDC_ISSUER needs it, so that tokens for others are not taken'
    faults.push({ variables: ['OIDC_AUDIENCE'], message })
  }
  const { protocol, hostname } = new URL(issuer)
  if (protocol !== 'https:' && !isLoopback(hostname.replace(/^\[|\]$/g, ''))) {
    faults.push({ variables: ['OIDC_ISSUER'], message: 'OIDC_ISSUER must start with https:// off loopback' })
  }
  return faults
}

export function accessSettings(values: Values): AccessSettings {
  const { AUTH_TOKENS: tokens = [], OIDC_ISSUER: issuer } = values
  if (issuer === undefined) return { tokens }
  const {
    OIDC_AUDIENCE: audiences,
    OIDC_REPOSITORIES_CLAIM: repositoriesClaim,
    OIDC_REPOSITORIES: repositories,
  } = values
  return { tokens, oidc: { issuer, audiences, repositoriesClaim, repositories } }
}
