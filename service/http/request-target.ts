import type { IncomingMessage } from 'node:http'
import { Fault } from '../errors.ts'

/** Of these Node reads the first and a proxy may read the last, so two of them could mean two things. */
const DECISIVE = ['host', 'origin', 'authorization']

// As a client sends it to a proxy: with the name before the path.
const ABSOLUTE = /^https?:\/\/([^/?#]*)/i

/** The path that a request goes to, as it is encoded. */
export function pathOf({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  const path = url.replace(ABSOLUTE, '').split(/[?#]/, 1)[0] ?? ''
  return path === '' ? '/' : path
}

/** @throws Fault `request_invalid` where a request says twice, or in two ways, where it goes or from whom it comes */
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
