/** An S3-compatible bucket, and the credentials for it. */
export type BucketSettings = BucketPlace & (BucketKey | BucketRole)

interface BucketPlace {
  /** Without a trailing slash. */
  readonly endpoint: string
  readonly bucket: string
  readonly region: string
  /** Prefix of object names. */
  readonly prefix: string
}

interface BucketKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** The holder of the token gets a temporary key with the permissions of the role. */
export interface BucketRole {
  readonly roleArn: string
  readonly webIdentityToken: string
  /** URL of the security token service. */
  readonly stsEndpoint: string
}

/** Variables of a bucket. */
interface Values {
  readonly BACKUP_S3_ENDPOINT?: string | undefined
  readonly BACKUP_S3_BUCKET?: string | undefined
  readonly BACKUP_S3_REGION: string
  readonly BACKUP_S3_PREFIX: string
  readonly AWS_ACCESS_KEY_ID?: string | undefined
  readonly AWS_SECRET_ACCESS_KEY?: string | undefined
  readonly AWS_ROLE_ARN?: string | undefined
  readonly AWS_WEB_IDENTITY_TOKEN?: string | undefined
  readonly AWS_ENDPOINT_URL_STS?: string | undefined
}

/** Returns the bucket that the variables name, or undefined without a bucket or credentials. */
export function bucketSettings(values: Values): BucketSettings | undefined {
  const { BACKUP_S3_BUCKET: bucket, BACKUP_S3_REGION: region, BACKUP_S3_PREFIX: prefix } = values
  const key = openedBy(values)
  if (bucket === undefined || key === undefined) return undefined
  const endpoint = (values.BACKUP_S3_ENDPOINT ?? `https://s3.${region}.amazonaws.com`).replace(/\/+$/, '')
  return { endpoint, bucket, region, prefix, ...key }
}

/** Returns the credentials of a bucket. A key takes precedence over a role. */
export function openedBy(values: Values): BucketKey | BucketRole | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = values
  if (accessKeyId !== undefined && secretAccessKey !== undefined) return { accessKeyId, secretAccessKey }
  const { AWS_ROLE_ARN: roleArn, AWS_WEB_IDENTITY_TOKEN: webIdentityToken, BACKUP_S3_REGION: region } = values
  if (roleArn === undefined || webIdentityToken === undefined) return undefined
  const { AWS_ENDPOINT_URL_STS: stsEndpoint = `https://sts.${region}.amazonaws.com` } = values
  return { roleArn, webIdentityToken, stsEndpoint }
}
