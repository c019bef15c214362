import type { Properties } from '../policy/policy.ts'
import { inWords, isObject, listed, listedObjects, under } from '../policy/properties.ts'
import { isSubdomain } from '../settings/kubernetes-kinds.ts'
import {
  type Check,
  checked,
  dnsLabel,
  exactlyOne,
  filled,
  from,
  isGiven,
  matching,
  type Problem,
  pathInside,
  problemAt,
  quantityFrom,
  subdomain,
  when,
  within,
} from './checks.ts'
import { isFieldOfKey, resourceFieldProblems } from './references.ts'

/** An empty name means that there is no class. */
const className = matching((value) => value === '' || isSubdomain(value), 'the name of a StorageClass')

/** Returns what an API server would reject in the spec of a volume claim, beyond the schema. */
export function claimProblems(spec: Properties): Problem[] {
  const modes = listed(spec, 'accessModes')
  const { kind, apiGroup = '' } = under(spec, 'dataSource')
  const missing = [
    ...(modes.length > 0 || (isGiven(spec.accessModes) && !Array.isArray(spec.accessModes)) ? [] : [['accessModes']]),
    ...('storage' in under(spec, 'resources', 'requests') ? [] : [['resources', 'requests', 'storage']]),
  ]
  return [
    ...missing.map((path) => problemAt(path, 'is missing')),
    ...checked(spec, {
      'resources.requests.storage': quantityFrom(1, 'a size of 1 byte or more, such as 20Gi'),
      storageClassName: className,
      volumeAttributesClassName: className,
    }),
    ...when(
      modes.includes('ReadWriteOncePod') && modes.length > 1,
      ['accessModes'],
      'has ReadWriteOncePod, which cannot be combined with other modes',
    ),
    ...when(
      isGiven(kind) && apiGroup === '' && kind !== 'PersistentVolumeClaim',
      ['dataSource', 'kind'],
      `must be PersistentVolumeClaim unless apiGroup is set, got ${JSON.stringify(kind)}`,
    ),
  ]
}

/** Required field of volume sources that name another object, which the schema does not require. */
const NAMED: Readonly<Record<string, string>> = {
  persistentVolumeClaim: 'claimName',
  secret: 'secretName',
  configMap: 'name',
  image: 'reference',
}

/** Returns what an API server would reject in a volume, beyond the schema. */
export function volumeProblems(volume: Properties): Problem[] {
  const keys = Object.keys(volume).filter((key) => key !== 'name' && isGiven(volume[key]))
  const [key = ''] = keys
  const source = volume[key]
  if (keys.length !== 1) {
    const what = keys.length === 0 ? 'none' : keys.join(' and ')
    const says = `must have exactly one source, such as configMap, secret or emptyDir, in addition to its name ${String(volume.name)}, but has ${what}`
    return [problemAt([], says)]
  }
  return [...checked(volume, { name: dnsLabel }), ...(isObject(source) ? within([key], ofSource(key, source)) : [])]
}

const mode: Check = (value) =>
  from(0, 0o777)(value) === undefined ? undefined : `must be from 0 to 511 (0777 in octal), got ${String(value)}`

const medium = matching((value) => /^(|Memory|HugePages(-\d+[KMG]i)?)$/.test(value), 'Memory, HugePages or empty')
const absolute = matching((value) => value.startsWith('/') && !value.split('/').includes('..'), 'an absolute path')
const driver = matching(
  (value) => value.length <= 63 && /^[a-zA-Z0-9]([-a-zA-Z0-9_.]*[a-zA-Z0-9])?$/.test(value),
  'the name of a driver such as secrets-store.csi.k8s.io',
)

const OF_SOURCES: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  emptyDir: { medium, sizeLimit: quantityFrom(0, '0 or more') },
  nfs: { path: absolute },
  hostPath: { path: absolute },
  csi: { driver },
  iscsi: { lun: from(0, 255) },
  projected: { sources: filled, defaultMode: mode },
  configMap: { defaultMode: mode },
  secret: { defaultMode: mode },
  downwardAPI: { defaultMode: mode },
}

function ofSource(key: string, source: Properties): Problem[] {
  const named = NAMED[key]
  const items = key === 'downwardAPI' ? ofDownward : ofItem
  return [
    ...checked(source, OF_SOURCES[key] ?? {}),
    ...(named === undefined ? [] : when(!isGiven(source[named]), [named], 'is missing')),
    ...(named === undefined || key === 'image' ? [] : checked(source, { [named]: subdomain })),
    ...listedObjects(source, 'items').flatMap((item, at) => within(['items', at], items(item))),
    ...(key === 'projected' ? ofProjections(source) : []),
    ...(key === 'ephemeral'
      ? within(['volumeClaimTemplate', 'spec'], claimProblems(under(source, 'volumeClaimTemplate', 'spec')))
      : []),
  ]
}

const ofItem = (item: Properties): Problem[] => checked(item, { path: pathInside, mode })

const FILE_FIELDS = ['name', 'namespace', 'uid', 'labels', 'annotations'].map((field) => `metadata.${field}`)

const fileField = matching(
  (value) => FILE_FIELDS.includes(value) || isFieldOfKey(value),
  `one of ${FILE_FIELDS.join(', ')}, or metadata.labels['KEY']`,
)

const ofDownward = (item: Properties): Problem[] => [
  ...ofItem(item),
  ...exactlyOne(item, ['fieldRef', 'resourceFieldRef']),
  ...checked(item, { 'fieldRef.fieldPath': fileField }),
  ...(isObject(item.resourceFieldRef)
    ? within(
        ['resourceFieldRef'],
        [
          ...resourceFieldProblems(item.resourceFieldRef),
          ...when(!isGiven(item.resourceFieldRef.containerName), ['containerName'], 'is missing'),
        ],
      )
    : []),
]

const PROJECTIONS = [
  'configMap',
  'secret',
  'downwardAPI',
  'serviceAccountToken',
  'clusterTrustBundle',
  'podCertificate',
]

function ofProjections(source: Properties): Problem[] {
  if (!isGiven(source.sources)) return [problemAt(['sources'], 'is missing')]
  const sources = listedObjects(source, 'sources')
  const paths = sources.flatMap((each, at) => pathsOf(each).map((path) => ({ at, path })))
  const twice = paths.filter(({ path }, at) => paths.findIndex((other) => other.path === path) < at)
  return [
    ...sources.flatMap((each, at) => within(['sources', at], ofProjection(each))),
    ...twice.map(({ at, path }) =>
      problemAt(['sources', at], `has a file ${inWords(path)}, which another source has too; choose another path`),
    ),
  ]
}

/** Paths that a projection takes for sure. Without items, they depend on the contents of the object. */
function pathsOf(source: Properties): unknown[] {
  const items = ['configMap', 'secret', 'downwardAPI'].flatMap((key) => listedObjects(under(source, key), 'items'))
  const files = ['serviceAccountToken', 'clusterTrustBundle'].map((key) => under(source, key).path)
  return [...items.map(({ path }) => path), ...files].filter(isGiven)
}

const LONGEST_TOKEN = 2 ** 32

function ofProjection(source: Properties): Problem[] {
  const bundle = under(source, 'clusterTrustBundle')
  return [
    ...exactlyOne(source, PROJECTIONS),
    ...checked(source, {
      'serviceAccountToken.expirationSeconds': from(600, LONGEST_TOKEN),
      'serviceAccountToken.path': pathInside,
      'clusterTrustBundle.path': pathInside,
    }),
    ...when(
      isGiven(bundle.name) && isGiven(bundle.signerName),
      ['clusterTrustBundle'],
      'has name and signerName; remove one of them',
    ),
    ...['configMap', 'secret'].flatMap((key) => {
      const named = source[key]
      if (!isObject(named)) return []
      return within(
        [key],
        [
          ...when(!isGiven(named.name), ['name'], 'is missing'),
          ...checked(named, { name: subdomain }),
          ...listedObjects(named, 'items').flatMap((item, at) => within(['items', at], ofItem(item))),
        ],
      )
    }),
    ...listedObjects(under(source, 'downwardAPI'), 'items').flatMap((item, at) =>
      within(['downwardAPI', 'items', at], ofDownward(item)),
    ),
  ]
}

/** Fields of a PersistentVolume that are not its source. */
const OF_VOLUME =
  'accessModes capacity claimRef mountOptions nodeAffinity persistentVolumeReclaimPolicy storageClassName volumeAttributesClassName volumeMode'.split(
    ' ',
  )

/** Returns what an API server would reject in a PersistentVolume, beyond the schema. */
export function persistentVolumeProblems(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  const sources = Object.keys(spec).filter((key) => !OF_VOLUME.includes(key) && isGiven(spec[key]))
  return within(
    ['spec'],
    [
      ...when(!('storage' in under(spec, 'capacity')), ['capacity', 'storage'], 'is missing'),
      ...when(listed(spec, 'accessModes').length === 0, ['accessModes'], 'is missing'),
      ...when(
        sources.length !== 1,
        [],
        `must have exactly one source, such as csi or nfs, but has ${sources.join(' and ') || 'none'}`,
      ),
      ...when(
        isGiven(spec.local) && !isGiven(spec.nodeAffinity),
        ['nodeAffinity'],
        'is missing, which a local volume requires',
      ),
      ...checked(spec, { 'capacity.storage': quantityFrom(1, 'a size of 1 byte or more, such as 20Gi') }),
      ...checked(spec, { storageClassName: className, 'nfs.path': absolute, 'local.path': absolute }),
    ],
  )
}
