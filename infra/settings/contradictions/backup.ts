import { isIP } from 'node:net'
import { isOpenedByRole, ROLE_ANNOTATION, roleOf } from '../bucket-role.ts'
import type { Values } from '../schema.ts'
import { excluding, type Given, isGiven } from './given.ts'

const OF_BUCKET = [
  's3Endpoint',
  's3Region',
  's3Prefix',
  's3PathStyle',
  's3Encryption',
  's3KmsKey',
  's3Identity',
  's3AccessKey',
  's3SecretKey',
]

/** Checks the bucket of backups and its key. */
export function ofBackup(values: Values, given: Given): string[] {
  const { backup, secrets } = values
  const { s3Bucket } = backup
  const archive = ofArchive(values)
  if (s3Bucket === undefined) {
    if (archive.length > 0) return archive
    const said = [
      ...OF_BUCKET.filter((key) => isGiven(given, 'backup', key)).map((key) => `backup.${key}`),
      ...(secrets.backup === undefined ? [] : ['secrets.backup']),
    ]
    return said.map((key) => `backup.s3Bucket is missing, but ${key} requires it; add it or remove ${key}`)
  }
  return [
    ...(archive.length > 0 ? archive : ofKeys(values)),
    ...ofPlainKeys(backup),
    ...ofEndpoint(backup),
    ...ofAddress(backup),
    ...ofEncryption(backup),
  ]
}

/** Name of an AWS region. Required if no other endpoint is set. */
const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d$/

function ofEndpoint({ s3Bucket = '', s3Endpoint, s3Region }: Values['backup']): string[] {
  if (s3Endpoint === undefined) {
    return REGION.test(s3Region)
      ? []
      : [
          `backup.s3Region is ${s3Region}, which is not an AWS region such as eu-west-1; correct it or set backup.s3Endpoint`,
        ]
  }
  const { hostname, pathname } = new URL(s3Endpoint)
  if (/\.(blob|dfs)\.core\.windows\.net$/.test(hostname)) {
    return [
      `backup.s3Endpoint is ${s3Endpoint}, which does not speak the protocol of S3; use an S3-compatible store, or a volume`,
    ]
  }
  const isNamed = hostname.startsWith(`${s3Bucket}.`) || pathname.split('/').includes(s3Bucket)
  if (isNamed)
    return [
      `backup.s3Endpoint is ${s3Endpoint}, which already includes the bucket ${s3Bucket}; remove the bucket from it`,
    ]
  const [, region] = /^s3(?:\.dualstack|-fips)*\.([a-z]{2,4}(?:-[a-z]+)+-\d)\.amazonaws\./.exec(hostname) ?? []
  return region === undefined || region === s3Region
    ? []
    : [`backup.s3Endpoint is ${s3Endpoint}, and backup.s3Region is ${s3Region}; set backup.s3Region to ${region}`]
}

/** Keys of AWS by their form, which no message shows. */
function ofPlainKeys({ s3AccessKey = '', s3SecretKey }: Values['backup']): string[] {
  const secret = s3SecretKey?.isKnown ? s3SecretKey.reveal() : ''
  if (/^(AKIA|ASIA)[A-Z0-9]{16}$/.test(String(secret))) {
    return ['backup.s3SecretKey is the ID of an access key; set backup.s3AccessKey to it, and this to its secret']
  }
  return /^ASIA[A-Z0-9]{16}$/.test(s3AccessKey)
    ? [
        'backup.s3AccessKey is a temporary key, which expires within hours; use a lasting one, or grant access to backup.serviceAccount',
      ]
    : []
}

function ofKeys(values: Values): string[] {
  const { backup, secrets } = values
  const { s3AccessKey, s3SecretKey, s3Identity } = backup
  if (s3Identity !== undefined) return ofIdentity(values)
  if ((s3AccessKey === undefined) !== (s3SecretKey === undefined) && secrets.backup === undefined) {
    return ['backup.s3AccessKey and backup.s3SecretKey must be set together; add the missing one']
  }
  const isOpen = (s3AccessKey !== undefined && s3SecretKey !== undefined) || secrets.backup !== undefined
  return isOpen || isOpenedByRole(values)
    ? []
    : [
        `backup.s3Bucket needs backup.s3AccessKey and backup.s3SecretKey, or secrets.backup; add them, or grant access to backup.serviceAccount with the annotation ${ROLE_ANNOTATION}, or by backup.s3Identity`,
      ]
}

const GOOGLE = 'storage.googleapis.com'

const hostOf = ({ s3Endpoint }: Values['backup']) =>
  s3Endpoint === undefined ? undefined : new URL(s3Endpoint).hostname

/** Whether the bucket is one of AWS. */
const isOfAws = (host: string | undefined) => host === undefined || /\.amazonaws\.[a-z.]+$/.test(host)

function ofIdentity(values: Values): string[] {
  const { backup, kubernetes, secrets } = values
  const { s3Identity, s3AccessKey, s3SecretKey, s3Endpoint, serviceAccount = kubernetes.serviceAccount } = backup
  const host = hostOf(backup)
  const faults = Object.entries({
    'backup.s3AccessKey': s3AccessKey,
    'backup.s3SecretKey': s3SecretKey,
    'secrets.backup': secrets.backup,
  })
    .filter(([, value]) => value !== undefined)
    .map(([key]) => excluding('backup.s3Identity', key, 'the bucket is opened by the one or by the other'))
  if (s3Identity === 'irsa' && !isOpenedByRole(values)) {
    faults.push(`backup.s3Identity is irsa, but backup.serviceAccount lacks the annotation ${ROLE_ANNOTATION}; add it`)
  }
  if (s3Identity === 'pod-identity' && serviceAccount === undefined) {
    faults.push(
      'backup.s3Identity is pod-identity, which knows pods by their ServiceAccount; set backup.serviceAccount to the one that has the association',
    )
  }
  if (s3Identity === 'pod-identity' && !isOfAws(host)) {
    faults.push(
      `backup.s3Identity is pod-identity, whose keys are of AWS, but backup.s3Endpoint is ${s3Endpoint}; use a key, or remove the endpoint`,
    )
  }
  if (s3Identity === 'google' && host !== GOOGLE) {
    faults.push(
      `backup.s3Identity is google, which opens buckets of Cloud Storage; set backup.s3Endpoint to https://${GOOGLE}, or use another identity`,
    )
  }
  return faults
}

/** Checks the two ways to address a bucket. */
function ofAddress(backup: Values['backup']): string[] {
  const { s3Bucket = '', s3PathStyle, s3Endpoint = `https://s3.${backup.s3Region}.amazonaws.com` } = backup
  const { protocol, hostname } = new URL(s3Endpoint)
  if (s3PathStyle) {
    return hostname.endsWith('.aliyuncs.com')
      ? [`backup.s3Endpoint is ${s3Endpoint}, which takes no bucket in a path; set backup.s3PathStyle to false`]
      : []
  }
  if (isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0 || !hostname.includes('.')) {
    return [
      `backup.s3PathStyle is false, but ${s3Bucket}.${hostname} is the name of no host; remove it, or use an endpoint with a domain`,
    ]
  }
  return protocol === 'https:' && s3Bucket.includes('.')
    ? [
        `backup.s3PathStyle is false, but a certificate for *.${hostname} is not valid for ${s3Bucket}.${hostname}; remove it, or use a bucket without a dot`,
      ]
    : []
}

const KEY_OF_AWS =
  /^(arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:(key|alias)\/[\w/-]+|alias\/[\w/-]+|mrk-[\da-f]{32}|[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12})$/

function ofEncryption(backup: Values['backup']): string[] {
  const { s3Encryption, s3KmsKey, s3Region, s3Endpoint } = backup
  const host = hostOf(backup)
  if (s3Encryption !== undefined && host === GOOGLE) {
    return [
      `backup.s3Encryption is ${s3Encryption}, which Cloud Storage does not take from a request; set the key of the bucket itself, and remove it`,
    ]
  }
  if (s3KmsKey === undefined) return []
  if (s3Encryption !== 'aws:kms') {
    return ['backup.s3KmsKey requires backup.s3Encryption: aws:kms; add that or remove it']
  }
  const [isKey, , region = s3Region] = KEY_OF_AWS.exec(s3KmsKey) ?? []
  if (isOfAws(host) && isKey === undefined) {
    return [
      `backup.s3KmsKey is ${s3KmsKey}, which is no key of AWS; use its ID, alias/NAME, or arn:aws:kms:REGION:ACCOUNT:key/ID`,
    ]
  }
  return isOfAws(host) && region !== s3Region
    ? [
        `backup.s3KmsKey is a key in ${region}, but the bucket${s3Endpoint === undefined ? '' : ' of the endpoint'} is in ${s3Region}; use a key in the same region`,
      ]
    : []
}

function ofArchive({ database: { cnpg }, backup, secrets, network, kubernetes }: Values): string[] {
  if (cnpg?.archive === undefined) return []
  const { name = `${kubernetes.prefix}postgres`, recoverFrom, recoverUntil } = cnpg.archive
  const faults: string[] = []
  if (backup.timeZone !== 'Etc/UTC') {
    faults.push(excluding('database.cnpg.archive', 'backup.timeZone', 'the operator reads backup.schedule in UTC'))
  }
  if (backup.s3Bucket === undefined) {
    faults.push('database.cnpg.archive needs a bucket, and backup.s3Bucket is missing; add that, or remove the archive')
  } else if (
    secrets.backup === undefined &&
    backup.s3AccessKey === undefined &&
    backup.s3Identity !== 'pod-identity' &&
    roleOf({ backup, kubernetes }) === undefined
  ) {
    faults.push(
      `database.cnpg.archive needs what opens backup.s3Bucket for the account of the operator's pods; add backup.s3AccessKey and backup.s3SecretKey, secrets.backup, or the annotation ${ROLE_ANNOTATION} to backup.serviceAccount`,
    )
  }
  if (!backup.s3PathStyle && !isOfAws(hostOf(backup))) {
    faults.push(excluding('database.cnpg.archive', 'backup.s3PathStyle: false', 'its plugin addresses buckets by path'))
  }
  if (recoverFrom === name) {
    faults.push(
      `database.cnpg.archive.recoverFrom is ${name}, into which this cluster would archive itself; set database.cnpg.archive.name to another one`,
    )
  }
  if (recoverUntil !== undefined && recoverFrom === undefined) {
    faults.push('database.cnpg.archive.recoverUntil goes with recoverFrom, which is missing; add that, or remove it')
  }
  if (typeof network.ca === 'object' && network.ca.configMap !== undefined && backup.s3Endpoint !== undefined) {
    faults.push(
      excluding('database.cnpg.archive', 'network.ca.configMap', 'its plugin reads certificates from Secrets alone'),
    )
  }
  return faults
}
