import { type ComponentResource, secret } from '@pulumi/pulumi'
import { defined } from '../../fields.ts'
import { amountOf, MIB } from '../../settings/kinds.ts'
import { givenSecret } from '../given-secret.ts'
import { type Part, scratch, stored } from '../pod.ts'
import type { SecretFiles } from '../secret-files.ts'
import { placed, secretFor, type WorkloadArgs } from '../workload.ts'

/** Folder of the backups in a container. With a bucket, it holds backups in transit. */
const FOLDER = '/backups'

/** Storage of the backups. */
export interface Storage {
  readonly part: Part
  /** Environment variables of the service. */
  readonly environment: Readonly<Record<string, string>>
  readonly secrets: readonly SecretFiles[]
  /** Disk that a pod uses on its node, in mebibytes. */
  readonly disk: number
}

const KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const

/**
 * Creates the volume `backups`, which outlives the stack like that of the database, or the Secret with the key of the
 * bucket, if there is one.
 */
export function makeStorage(args: WorkloadArgs, parent: ComponentResource): Storage {
  const { backup, name } = args.settings
  const { keep, storage, s3Bucket, s3Endpoint, s3Region, s3Prefix } = backup
  const { s3PathStyle, s3Encryption, s3KmsKey, s3Identity } = backup
  const environment = { BACKUP_NAME: name, BACKUP_FOLDER: FOLDER, BACKUP_KEEP: String(keep) }
  if (s3Bucket === undefined) {
    const claim = args.base.claim('backups', 'backup', backup, parent)
    return { part: stored('backups', claim, FOLDER), environment, secrets: [], disk: 0 }
  }
  return {
    part: scratch('backups', FOLDER, storage),
    environment: {
      ...environment,
      BACKUP_S3_BUCKET: s3Bucket,
      BACKUP_S3_REGION: s3Region,
      BACKUP_S3_PREFIX: s3Prefix,
      ...defined({
        BACKUP_S3_ENDPOINT: s3Endpoint,
        BACKUP_S3_PATH_STYLE: s3PathStyle ? undefined : 'false',
        BACKUP_S3_ENCRYPTION: s3Encryption,
        BACKUP_S3_KMS_KEY: s3KmsKey,
        BACKUP_S3_IDENTITY: s3Identity === 'google' ? s3Identity : undefined,
      }),
    },
    secrets: hasKey(args.settings) ? [bucketKey(args, parent)] : [],
    disk: amountOf(storage) / MIB,
  }
}

/** Without a key, a role of the pods' ServiceAccount grants access to the bucket. */
const hasKey = ({ backup, secrets }: WorkloadArgs['settings']) =>
  secrets.backup !== undefined || backup.s3AccessKey !== undefined

function bucketKey(args: WorkloadArgs, parent: ComponentResource): SecretFiles {
  const { backup, secrets } = args.settings
  const files = { folder: 'backup', variables: Object.fromEntries(KEYS.map((key) => [key, key])) }
  if (secrets.backup !== undefined) {
    return { ...files, secret: givenSecret('backup', secrets.backup, args, parent), isGiven: true }
  }
  const [id, key] = [backup.s3AccessKey ?? '', backup.s3SecretKey?.input ?? '']
  const data = { AWS_ACCESS_KEY_ID: secret(id), AWS_SECRET_ACCESS_KEY: secret(key) }
  return { ...files, secret: secretFor('backup', data, placed(args, 'backup', parent)), isGiven: false }
}
