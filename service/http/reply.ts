import type { ServerResponse } from 'node:http'

export type Headers = Readonly<Record<string, string>>

export const SECURITY_HEADERS: Headers = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}

export function send(response: ServerResponse, status: number, body: string | Buffer, headers: Headers = {}): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body)
}

export function sendJson(response: ServerResponse, status: number, body: unknown, headers: Headers = {}): void {
  send(response, status, JSON.stringify(body), { 'content-type': 'application/json', ...headers })
}
