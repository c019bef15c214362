import { isOpenedByRole, ROLE_ANNOTATION, roleOf } from '../bucket-role.ts'
import type { Values } from '../schema.ts'
import { excluding, type Given, isGiven } from './given.ts'

const OF_BUCKET = ['s3Endpoint', 's3Region', 's3Prefix', 's3AccessKey', 's3SecretKey']

/** Checks the bucket of backups and its key. */
export function ofBackup(values: Values, given: Given): string[] {
  const { backup, secrets } = values
  const { s3Bucket } = backup
  const archive = ofArchive(values)
  if (archive.length > 0) return archive
  if (s3Bucket === undefined) {
    const said = [
      ...OF_BUCKET.filter((key) => isGiven(given, 'backup', key)).map((key) => `backup.${key}`),
      ...(secrets.backup === undefined ? [] : ['secrets.backup']),
    ]
    return said.map((key) => `backup.s3Bucket is missing, but ${key} requires it; add it or remove ${key}`)
  }
  return [...ofKeys(values), ...ofPlainKeys(backup), ...ofEndpoint(backup)]
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
  const { s3AccessKey, s3SecretKey } = backup
  if ((s3AccessKey === undefined) !== (s3SecretKey === undefined) && secrets.backup === undefined) {
    return ['backup.s3AccessKey and backup.s3SecretKey must be set together; add the missing one']
  }
  const isOpen = (s3AccessKey !== undefined && s3SecretKey !== undefined) || secrets.backup !== undefined
  return isOpen || isOpenedByRole(values)
    ? []
    : [
        `backup.s3Bucket needs backup.s3AccessKey and backup.s3SecretKey, or secrets.backup; add them, or grant access to backup.serviceAccount with the annotation ${ROLE_ANNOTATION}`,
      ]
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
    roleOf({ backup, kubernetes }) === undefined
  ) {
    faults.push(
      `database.cnpg.archive needs what opens backup.s3Bucket for the account of the operator's pods; add backup.s3AccessKey and backup.s3SecretKey, secrets.backup, or the annotation ${ROLE_ANNOTATION} to backup.serviceAccount`,
    )
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
