import type { Problem } from './kubernetes-schemas.ts'
import type { Properties } from './policy/policy.ts'
import { isObject, listed, listedObjects, under } from './policy/properties.ts'

/** Prefixes the paths of problems. */
export const within = (path: readonly string[], problems: readonly Problem[]): Problem[] =>
  problems.map((problem) => ({ ...problem, path: [...path, ...problem.path] }))

export const isOutside = (value: unknown, least: number, most: number) =>
  typeof value === 'number' && (value < least || value > most)

/** Returns what an API server would reject in the spec of a volume claim, beyond the schema. */
export function claimProblems(spec: Properties): Problem[] {
  const { accessModes } = spec
  const hasModes = Array.isArray(accessModes) ? accessModes.length > 0 : accessModes !== undefined
  const missing = [
    ...(hasModes ? [] : [['accessModes']]),
    ...('storage' in under(spec, 'resources', 'requests') ? [] : [['resources', 'requests', 'storage']]),
  ]
  return missing.map((path) => ({ path, says: 'is missing' }))
}

/** Required field of each volume source. */
const NAMED: Readonly<Record<string, string>> = {
  persistentVolumeClaim: 'claimName',
  secret: 'secretName',
  configMap: 'name',
}

const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** Returns what an API server would reject in a volume, beyond the schema. */
export function volumeProblems(volume: Properties): Problem[] {
  const keys = Object.keys(volume).filter((key) => key !== 'name')
  const [key = ''] = keys
  const source = volume[key]
  if (keys.length !== 1) {
    const what = keys.length === 0 ? 'none' : keys.join(' and ')
    const beside = `in addition to its name ${String(volume.name)}`
    return [
      {
        path: [],
        says: `must have exactly one source, such as configMap, secret or emptyDir, ${beside}, but has ${what}`,
      },
    ]
  }
  return isObject(source) ? within([key], ofSource(key, source)) : []
}

function ofSource(key: string, source: Properties): Problem[] {
  const { medium, defaultMode, sizeLimit, path, sources, server } = source
  const named = NAMED[key]
  const name = named === undefined ? undefined : source[named]
  const problems: Problem[] = [
    ...listedObjects(source, 'items').flatMap((item, at) => within(['items', String(at)], ofItem(item))),
    ...listedObjects(source, 'sources').flatMap((each, at) => within(['sources', String(at)], ofProjection(each))),
    ...(key === 'ephemeral'
      ? within(['volumeClaimTemplate', 'spec'], claimProblems(under(source, 'volumeClaimTemplate', 'spec')))
      : []),
  ]
  const say = (at: string, says: string) => problems.push({ path: [at], says })
  if (typeof medium === 'string' && !/^(|Memory|HugePages(-\d+[KMG]i)?)$/.test(medium))
    say('medium', `must be Memory, HugePages or empty, got ${JSON.stringify(medium)}`)
  if (isOutside(defaultMode, 0, 0o777))
    say('defaultMode', `must be from 0 to 511 (0777 in octal), got ${String(defaultMode)}`)
  if (named !== undefined && name === undefined) say(named, 'is missing')
  if (named !== undefined && typeof name === 'string' && !name.startsWith('[') && !SUBDOMAIN.test(name))
    say(named, `must be an object name of lower-case letters, digits, "-" and ".", got ${JSON.stringify(name)}`)
  if (String(sizeLimit).startsWith('-')) say('sizeLimit', `must be 0 or more, got ${JSON.stringify(sizeLimit)}`)
  if (server !== undefined && typeof path === 'string' && !path.startsWith('/'))
    say('path', `must be an absolute path, got ${JSON.stringify(path)}`)
  if (key === 'projected' && Array.isArray(sources) && sources.length === 0) say('sources', 'must not be empty')
  return problems
}

function ofItem({ path }: Properties): Problem[] {
  const isOut = typeof path === 'string' && (path.startsWith('/') || path.split('/').includes('..'))
  return isOut
    ? [{ path: ['path'], says: `must be a path inside the volume, without "..", got ${JSON.stringify(path)}` }]
    : []
}

const LEAST_EXPIRY = 600

function ofProjection(source: Properties): Problem[] {
  const { expirationSeconds } = under(source, 'serviceAccountToken')
  return [
    ...(isOutside(expirationSeconds, LEAST_EXPIRY, 2 ** 32)
      ? [
          {
            path: ['serviceAccountToken', 'expirationSeconds'],
            says: `must be ${LEAST_EXPIRY} or more, got ${String(expirationSeconds)}`,
          },
        ]
      : []),
    ...['configMap', 'secret', 'downwardAPI'].flatMap((key) =>
      listed(under(source, key), 'items')
        .filter(isObject)
        .flatMap((item, at) => within([key, 'items', String(at)], ofItem(item))),
    ),
  ]
}
