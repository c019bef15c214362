import type { SettingFault } from '../errors.ts'
import type { AccessSettings } from './authenticate.ts'
import { isLoopbackUrl } from './loopback.ts'
import type { Token } from './tokens.ts'

interface Values {
  readonly AUTH_TOKENS?: readonly Token[] | undefined
  readonly OIDC_ISSUER?: string | undefined
  readonly OIDC_AUDIENCE: readonly string[]
  readonly OIDC_REPOSITORIES_CLAIM: string
  readonly OIDC_REPOSITORIES: readonly string[]
  readonly OIDC_CLIENT_ID?: string | undefined
  readonly OIDC_CLIENT_SECRET?: string | undefined
  readonly OIDC_SCOPES: readonly string[]
}

/** Finds contradictions between the OIDC variables. `given` holds all values as they were set, valid or not. */
export function oidcFaults(values: Values, given: Readonly<Record<string, string>>): SettingFault[] {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audiences } = values
  if (issuer === undefined) {
    const [orphan] = (['OIDC_AUDIENCE', 'OIDC_CLIENT_ID'] as const).filter((name) => values[name]?.length)
    if (orphan === undefined || given.OIDC_ISSUER !== undefined) return []
    return [{ variables: ['OIDC_ISSUER'], message: `${orphan} is set without OIDC_ISSUER; set both or neither` }]
  }
  const faults: SettingFault[] = []
  if (audiences.length === 0) {
    const message = 'OIDC_AUDIENCE is missing: OIDC_ISSUER needs it, so that tokens for other services are refused'
    faults.push({ variables: ['OIDC_AUDIENCE'], message })
  }
  if (values.OIDC_CLIENT_SECRET !== undefined && values.OIDC_CLIENT_ID === undefined) {
    const message = 'OIDC_CLIENT_SECRET is set without OIDC_CLIENT_ID; set both, or the id alone'
    faults.push({ variables: ['OIDC_CLIENT_ID'], message })
  }
  if (new URL(issuer).protocol !== 'https:' && !isLoopbackUrl(issuer)) {
    faults.push({ variables: ['OIDC_ISSUER'], message: 'OIDC_ISSUER must start with https://, except on loopback' })
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
    OIDC_CLIENT_ID: id,
    OIDC_CLIENT_SECRET: secret,
    OIDC_SCOPES: scopes,
  } = values
  const oidc = { issuer, audiences, repositoriesClaim, repositories }
  if (id === undefined) return { tokens, oidc }
  return { tokens, oidc: { ...oidc, page: { id, scopes, ...(secret === undefined ? {} : { secret }) } } }
}
