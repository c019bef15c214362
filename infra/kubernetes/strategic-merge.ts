import { Output, output } from '@pulumi/pulumi'

type Group = Readonly<Record<string, unknown>>

const isGroup = (value: unknown): value is Group =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !Output.isInstance(value)

/** Merge keys of the lists in Kubernetes' own types. Other lists are replaced as a whole. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  imagePullSecrets: ['name'],
  secrets: ['name'],
  claims: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  ports: ['containerPort', 'port'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey'],
}

/** API groups whose lists are merged by key. In other groups, only objects are merged. */
const OWN_GROUPS = /^(v1|(apps|batch|policy|autoscaling|[a-z]+(\.authentication|\.authorization)?\.k8s\.io)\/.*)$/
const OF_CRDS = /^(gateway\.networking|snapshot\.storage)\.k8s\.io\//

/**
 * Returns an object with a patch applied, as `kubectl patch` does it. Objects are merged key by key, and null removes a
 * key. Lists of containers, volumes, variables and the like are merged by their merge keys. `$patch: delete` removes an
 * entry, `$patch: replace` replaces an object or list, and `$retainKeys` removes all other keys.
 * @see https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
 */
export function patched(object: Group, patch: Group): Group {
  const { apiVersion } = object
  const isStrategic = typeof apiVersion === 'string' && OWN_GROUPS.test(apiVersion) && !OF_CRDS.test(apiVersion)
  return merged(object, patch, '', isStrategic) as Group
}

const DIRECTIVES: Readonly<Record<string, readonly string[]>> = { $patch: ['delete', 'replace', 'merge'] }

/** Returns the directives of a patch that `patched` does not follow, with their paths. */
export function directiveProblems(patch: unknown, path: readonly string[] = []): { path: string[]; says: string }[] {
  if (Array.isArray(patch)) return patch.flatMap((each, at) => directiveProblems(each, [...path, String(at)]))
  if (!isGroup(patch)) return []
  return Object.entries(patch).flatMap(([key, value]) => {
    const here = [...path, key]
    if (key === '$retainKeys') return Array.isArray(value) ? [] : [{ path: here, says: 'must be a list of keys' }]
    if (!key.startsWith('$')) return directiveProblems(value, here)
    const words = DIRECTIVES[key]
    if (words === undefined) return [{ path: here, says: 'is not a directive; use $patch or $retainKeys' }]
    if (!words.includes(String(value)))
      return [{ path: here, says: `must be one of ${words.join(', ')}, got ${JSON.stringify(value)}` }]
    return path.length === 0 && value === 'delete'
      ? [{ path: here, says: 'would remove the whole object, which the stack needs; turn its part off by a setting' }]
      : []
  })
}

/** Returns the paths that a patch removes and an object does not have. */
export function vainRemovals(object: unknown, patch: unknown, path: readonly string[] = []): string[][] {
  if (Array.isArray(patch)) return vainEntries(object, patch, path)
  if (!isGroup(patch) || patch.$patch === 'replace') return []
  const base = isGroup(object) ? object : undefined
  return Object.entries(patch).flatMap(([key, value]) => {
    const here = [...path, key]
    if (key.startsWith('$')) return []
    if (isRemoval(value)) return base === undefined || !(key in base) ? [here] : []
    return base === undefined ? [] : vainRemovals(base[key], value, here)
  })
}

/** Entries to remove by their merge key, which no entry of the list has. */
function vainEntries(list: unknown, patch: readonly unknown[], path: readonly string[]): string[][] {
  const by = keyOf(patch, KEYS[path.at(-1) ?? ''])
  if (by === undefined || !Array.isArray(list)) return []
  return patch.flatMap((each) => {
    if (!isGroup(each)) return []
    const entry = list.find((other) => isGroup(other) && other[by] === each[by])
    const here = [...path, String(each[by])]
    if (each.$patch === 'delete') return entry === undefined ? [here] : []
    return entry === undefined ? [] : vainRemovals(entry, each, here)
  })
}

const isRemoval = (value: unknown) => value === null || (isGroup(value) && value.$patch === 'delete')

const later = (value: unknown) => output(value) as Output<unknown>

function merged(value: unknown, patch: unknown, key: string, isStrategic: boolean): unknown {
  if (Output.isInstance(value)) return later(value).apply((known) => merged(known, patch, key, isStrategic))
  if (Array.isArray(patch)) {
    const by = isStrategic ? keyOf(patch, KEYS[key]) : undefined
    return by === undefined ? patch : mergedList(Array.isArray(value) ? value : [], patch, by)
  }
  if (!isGroup(patch)) return patch
  const { $patch: directive, $retainKeys: kept, ...rest } = patch
  if (!isGroup(value) || directive === 'replace') return withoutNulls(rest)
  const base = Array.isArray(kept) ? only(value, kept) : value
  const entries = Object.entries(rest).flatMap(([inner, each]) =>
    isRemoval(each) ? [] : [[inner, merged(base[inner], each, inner, isStrategic)] as const],
  )
  const removed = Object.keys(rest).filter((inner) => isRemoval(rest[inner]))
  return {
    ...only(
      base,
      Object.keys(base).filter((inner) => !removed.includes(inner)),
    ),
    ...Object.fromEntries(entries),
  }
}

const only = (group: Group, keys: readonly unknown[]): Group =>
  Object.fromEntries(Object.entries(group).filter(([key]) => keys.includes(key)))

/** Drops null values, which have nothing to remove in a new object. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isGroup(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => (each === null ? [] : [[key, withoutNulls(each)]])),
  )
}

function keyOf(patch: readonly unknown[], keys: readonly string[] = []): string | undefined {
  const entries = patch.filter(
    (each) => !(isGroup(each) && each.$patch === 'replace' && Object.keys(each).length === 1),
  )
  return keys.find((key) => entries.length > 0 && entries.every((each) => isGroup(each) && key in each))
}

function mergedList(list: readonly unknown[], patch: readonly unknown[], by: string): unknown[] {
  const isReplaced = patch.some((each) => isGroup(each) && each.$patch === 'replace' && Object.keys(each).length === 1)
  const changes = patch.filter((each): each is Group => isGroup(each) && by in each)
  const old = isReplaced ? [] : list
  const changeOf = (entry: unknown) => changes.find((change) => isGroup(entry) && entry[by] === change[by])
  const kept = old.flatMap((entry) => {
    const change = changeOf(entry)
    if (change === undefined) return [entry]
    return change.$patch === 'delete' ? [] : [merged(entry, change, '', true)]
  })
  const added = changes.filter(
    (change) => change.$patch !== 'delete' && !old.some((entry) => changeOf(entry) === change),
  )
  return [...kept, ...added.map((change) => merged({}, change, '', true))]
}
