import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'

interface Client {
  readonly id: string
  readonly secret?: string
  /** Address of the page. */
  readonly redirectUri: string
}

/** Starts a real OIDC provider on a free port. Any name signs in. Its tokens are issued for `audience`. */
export async function startProvider({ id, secret, redirectUri }: Client, audience: string) {
  const server: Server = createServer((request, response) => void callback(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(url, {
    clients: [
      {
        client_id: id,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code'],
        ...(secret === undefined
          ? { token_endpoint_auth_method: 'none' as const }
          : { client_secret: secret, token_endpoint_auth_method: 'client_secret_post' as const }),
      },
    ],
    scopes: ['openid', 'codebase:read', 'codebase:index'],
    pkce: { required: () => true },
    extraTokenClaims: () => ({ repositories: ['*'] }),
    features: {
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'codebase:read codebase:index',
          audience,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  })
  const callback = provider.callback()
  return {
    url,
    stop: () => {
      server.closeAllConnections()
      return new Promise<unknown>((resolve) => server.close(resolve))
    },
  }
}

/** Signs in and consents like a person in a browser. Returns the address to which the provider redirects. */
export async function signInAt(authorization: string, returnsTo: string): Promise<string> {
  const cookies = new Map<string, string>()
  let request = new Request(authorization)
  for (let step = 0; step < MOST_STEPS; step++) {
    request.headers.set('cookie', [...cookies].map((pair) => pair.join('=')).join('; '))
    const response = await fetch(request, { redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const next = response.headers.get('location')
    if (next?.startsWith(returnsTo)) return next
    request = next === null ? filledIn(await response.text(), request.url) : new Request(new URL(next, request.url))
  }
  throw new Error(`the sign-in did not end at ${request.url}`)
}

const MOST_STEPS = 20

/** Returns the request that submits the form of a page. */
function filledIn(page: string, address: string): Request {
  const [prompt, action] = [/name="prompt" value="(\w+)"/, /action="([^"]+)"/].map((part) => part.exec(page)?.[1])
  if (prompt === undefined || action === undefined) throw new Error(`no form at ${address}: ${page.slice(0, 500)}`)
  const body = new URLSearchParams({ prompt, ...(prompt === 'login' ? { login: 'ada', password: 'any' } : {}) })
  return new Request(new URL(action, address), { method: 'POST', body })
}
