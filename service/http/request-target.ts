import type { IncomingMessage } from 'node:http'
import { Fault } from '../errors.ts'

/** Node reads the first of duplicate headers and a proxy may read the last, so duplicates of these are ambiguous. */
const DECISIVE = ['host', 'origin', 'authorization']

// The absolute form that clients send to a proxy.
const ABSOLUTE = /^https?:\/\/([^/?#]*)/i

/** Returns the path of a request, still encoded. */
export function pathOf({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  const path = url.replace(ABSOLUTE, '').split(/[?#]/, 1)[0] ?? ''
  return path === '' ? '/' : path
}

/** @throws Fault `request_invalid` if a request names its target or sender twice or in contradictory ways */
export function refuseAmbiguous({ url = '/', rawHeaders, headers }: IncomingMessage): void {
  const names = rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase())
  const twice = DECISIVE.find((name) => names.indexOf(name) !== names.lastIndexOf(name))
  if (twice !== undefined) throw new Fault('request_invalid', `The header ${twice} was sent twice`, 'Send it once')
  const named = ABSOLUTE.exec(url)?.[1]
  if (named !== undefined && named.toLowerCase() !== headers.host?.toLowerCase()) {
    throw new Fault(
      'request_invalid',
      `The target of the request names ${JSON.stringify(named)}, and its header Host names ${JSON.stringify(headers.host)}`,
      'Name the same host in both',
    )
  }
}
