import { PARTS } from '../parts.ts'
import type { Values } from '../schema.ts'

/** Most bytes that Linux passes to a process in one variable, with its name. */
const MOST_BYTES = 128 * 1024

/** Bytes that the stack's own hosts add to a list. */
const OWN_BYTES = 4 * 1024

/** Reports settings that are passed to a process in one variable, and are too long for that. */
export function ofLengths({ git, access, network, server, ...values }: Values): string[] {
  const lists = {
    'git.allowedUrls': git.allowedUrls,
    'access.oidcRepositories': access.oidcRepositories,
    'network.proxy.noProxy': network.proxy?.noProxy ?? [],
  }
  const variables = [
    ['server.variables', server.variables] as const,
    ...PARTS.map((part) => [`${part}.env`, { ...values, server }[part].env ?? {}] as const),
  ]
  return [
    ...Object.entries(lists).flatMap(([key, list]) => {
      const bytes = Buffer.byteLength(list.join(','))
      return bytes > MOST_BYTES - OWN_BYTES
        ? [
            `${key} has ${list.length} entries with ${bytes} bytes in total, but a process takes at most ${MOST_BYTES - OWN_BYTES}; shorten the list`,
          ]
        : []
    }),
    ...variables.flatMap(([key, own]) =>
      Object.entries(own).flatMap(([name, value]) => {
        const bytes = typeof value === 'string' ? Buffer.byteLength(`${name}=${value}\0`) : 0
        return bytes > MOST_BYTES
          ? [
              `${key} has ${name} with ${bytes} bytes, but a process takes at most ${MOST_BYTES} for a variable; shorten it`,
            ]
          : []
      }),
    ),
  ]
}
