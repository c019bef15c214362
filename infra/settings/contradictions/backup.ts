import { isOpenedByRole, ROLE_ANNOTATION } from '../bucket-role.ts'
import type { Values } from '../schema.ts'
import { type Given, isGiven } from './given.ts'

const OF_BUCKET = ['s3Endpoint', 's3Region', 's3Prefix', 's3AccessKey', 's3SecretKey']

/** Where backups go, and what opens it. */
export function ofBackup(values: Values, given: Given): string[] {
  const { backup, secrets } = values
  const { s3Bucket } = backup
  if (s3Bucket === undefined) {
    const said = [
      ...OF_BUCKET.filter((key) => isGiven(given, 'backup', key)).map((key) => `backup.${key}`),
      ...(secrets.backup === undefined ? [] : ['secrets.backup']),
    ]
    return said.map((key) => `backup.s3Bucket is missing, and ${key} is about it; add it, or remove ${key}`)
  }
  return [...ofKeys(values), ...ofEndpoint(backup)]
}

/** A region of AWS, which is asked where there is no other endpoint. */
const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/

function ofEndpoint({ s3Bucket = '', s3Endpoint, s3Region }: Values['backup']): string[] {
  if (s3Endpoint === undefined) {
    return REGION.test(s3Region)
      ? []
      : [
          `backup.s3Region is ${s3Region}, which is no region of AWS such as eu-west-1; correct it, or set backup.s3Endpoint`,
        ]
  }
  const { hostname, pathname } = new URL(s3Endpoint)
  const isNamed = hostname.startsWith(`${s3Bucket}.`) || pathname.split('/').includes(s3Bucket)
  if (isNamed)
    return [`backup.s3Endpoint is ${s3Endpoint}, which has the bucket ${s3Bucket} in it already; write it without that`]
  const [, region] = /^s3(?:\.dualstack|-fips)*\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\./.exec(hostname) ?? []
  return region === undefined || region === s3Region
    ? []
    : [`backup.s3Endpoint is ${s3Endpoint}, and backup.s3Region is ${s3Region}; set backup.s3Region to ${region}`]
}

function ofKeys(values: Values): string[] {
  const { backup, secrets } = values
  const { s3AccessKey, s3SecretKey } = backup
  if ((s3AccessKey === undefined) !== (s3SecretKey === undefined) && secrets.backup === undefined) {
    return ['backup.s3AccessKey and backup.s3SecretKey go together; add the one that is missing']
  }
  const isOpen = (s3AccessKey !== undefined && s3SecretKey !== undefined) || secrets.backup !== undefined
  return isOpen || isOpenedByRole(values)
    ? []
    : [
        `backup.s3Bucket needs backup.s3AccessKey and backup.s3SecretKey, or secrets.backup; add them, or let backup.serviceAccount open it by the annotation ${ROLE_ANNOTATION}`,
      ]
}
