import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ClientSettings } from './client-settings.ts'
import { type Headers, send } from './reply.ts'
import type { Route } from './router.ts'

const SOURCE = new URL('./page.html', import.meta.url)

/** The web page: it holds no code and asks `/v1` for all it shows. */
export function pageRoute(settings: (origin: string) => readonly ClientSettings[]): Route {
  let page: { readonly body: string; readonly headers: Headers } | undefined
  return {
    method: 'GET',
    path: '/',
    withoutToken: true,
    handle: ({ response }) => {
      page ??= render(readFileSync(SOURCE, 'utf8'), settings('{origin}'))
      send(response, 200, page.body, page.headers)
    },
  }
}

function render(source: string, settings: readonly ClientSettings[]) {
  // Inside a script element "<" could end it.
  const data = JSON.stringify(settings).replaceAll('<', '\\u003c')
  const body = source.replace('id="client-settings">[]', () => `id="client-settings">${data}`)
  const policy = [
    "default-src 'none'",
    "connect-src 'self'",
    `script-src ${hashOf(body, /<script>(.*?)<\/script>/s)}`,
    `style-src ${hashOf(body, /<style>(.*?)<\/style>/s)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  return { body, headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy } }
}

function hashOf(page: string, element: RegExp): string {
  const text = element.exec(page)?.[1] ?? ''
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
