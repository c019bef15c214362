import {
  checkedText,
  flag,
  group,
  isBare,
  must,
  oneOf,
  secretText,
  setting,
  storage,
  text,
  url,
  whole,
} from '../kinds.ts'
import { isTimeZone, schedule } from '../schedule.ts'
import { partSettings, storageClass } from './pods.ts'

const NONE = { otherwise: 'none' }

const bucket = text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket').refine(
  (value) => !/\.[.-]|-\.|^[\d.]+$|^(xn--|sthree-)|-s3alias$/.test(value),
  { error: must('the name of a bucket') },
)

const PREFIX_OF_NAMES = 'a prefix such as team/, without "/" at its start, "//", "/./" and "/../"'

/** Base URL, to which paths are appended. */
const endpoint = url('https:', 'http:').refine(isBare, {
  error: 'must be a URL without a login, a "?" and a "#", such as https://s3.example.com',
})

/** Backups of the database. */
export const backup = group(
  'Database backups ([backup](backup.md)).',
  {
    enabled: setting(flag.default(true), 'Make and test backups.'),
    schedule: setting(schedule.default('0 2 * * *'), 'Cron schedule of backups.'),
    timeZone: setting(
      checkedText(isTimeZone, 'a time zone such as Europe/Berlin').default('Etc/UTC'),
      'Time zone of the schedules.',
    ),
    keep: setting(whole(1, 1000).default(7), 'Number of backups to keep.'),
    storage: setting(storage('256Mi').optional(), 'Size of the volume for backups.', {
      otherwise: '`postgres.storage`',
    }),
    storageClass: storageClass('the volume for backups'),
    testSchedule: setting(schedule.default('0 4 * * 0'), 'Cron schedule of restore tests of the newest backup.'),
    s3Endpoint: setting(endpoint.optional(), 'URL of an S3-compatible object store.', NONE),
    s3Bucket: setting(bucket.optional(), 'Bucket to use instead of the volume.', NONE),
    s3Region: setting(text(/^[\w-]+$/, 'a region').default('us-east-1'), 'Region of the bucket.'),
    s3Prefix: setting(
      text(/^(?!\/)(?!(.*\/)?\.{1,2}(\/|$))(?!.*\/\/)[\w./-]*$/, PREFIX_OF_NAMES).default('codebase-mcp/'),
      'Prefix of object names in the bucket.',
    ),
    s3PathStyle: setting(
      flag.default(true),
      'Address the bucket by path, `ENDPOINT/BUCKET`. With `false`, by host name, `BUCKET.ENDPOINT`.',
    ),
    s3Encryption: setting(
      oneOf('AES256', 'aws:kms').optional(),
      'Encryption of the objects to request: `AES256` (SSE-S3) or `aws:kms` (SSE-KMS).',
      { otherwise: 'that of the bucket' },
    ),
    s3KmsKey: setting(
      text(/^[\w:/+=.@-]{1,2048}$/, 'the ID, the alias or the ARN of a key').optional(),
      'Key of `aws:kms`: an ID, an alias such as `alias/backups`, or an ARN.',
      { otherwise: 'the account’s key for S3' },
    ),
    s3Identity: setting(
      oneOf('irsa', 'pod-identity', 'google').optional(),
      'Identity of the pods that opens the bucket in place of a key: `irsa` (EKS, by the annotation of `serviceAccount`), `pod-identity` (EKS Pod Identity) or `google` (Workload Identity of GKE, for buckets of Cloud Storage).',
      { otherwise: '`irsa`, without a key' },
    ),
    s3AccessKey: setting(text(/^\S+$/, 'the id of an access key').optional(), 'Access key ID.', NONE),
    s3SecretKey: setting(secretText.optional(), 'Secret access key. A secret.', NONE),
    ...partSettings,
  },
  { target: 'kubernetes' },
)
