/** An S3-compatible bucket, and the credentials for it. */
export type BucketSettings = BucketPlace & (BucketKey | BucketRole | KeyServer | GoogleIdentity)

interface BucketPlace {
  /** Without a trailing slash. */
  readonly endpoint: string
  readonly bucket: string
  readonly region: string
  /** Prefix of object names. */
  readonly prefix: string
  /** Whether the bucket is in the path of URLs, or else in the host name. */
  readonly pathStyle: boolean
  /** Encryption to request for objects. If undefined, that of the bucket. */
  readonly encryption?: Encryption
}

export interface Encryption {
  readonly algorithm: 'AES256' | 'aws:kms'
  /** Key of AWS KMS. If undefined, that of the account. */
  readonly keyId?: string
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

/** A server on the node or beside the container that issues temporary keys, such as that of EKS Pod Identity. */
export interface KeyServer {
  readonly keysUrl: string
  /** Value of the header by which the server knows the container. */
  readonly authorization?: string
}

/** Tokens of the metadata server of Google Cloud, which Cloud Storage accepts in place of a signature. */
export interface GoogleIdentity {
  readonly tokensUrl: string
}

/** Variables of a bucket. */
interface Values {
  readonly BACKUP_S3_ENDPOINT?: string | undefined
  readonly BACKUP_S3_BUCKET?: string | undefined
  readonly BACKUP_S3_REGION: string
  readonly BACKUP_S3_PREFIX: string
  readonly BACKUP_S3_PATH_STYLE: boolean
  readonly BACKUP_S3_ENCRYPTION?: Encryption['algorithm'] | undefined
  readonly BACKUP_S3_KMS_KEY?: string | undefined
  readonly BACKUP_S3_IDENTITY?: 'google' | undefined
  readonly AWS_ACCESS_KEY_ID?: string | undefined
  readonly AWS_SECRET_ACCESS_KEY?: string | undefined
  readonly AWS_ROLE_ARN?: string | undefined
  readonly AWS_WEB_IDENTITY_TOKEN?: string | undefined
  readonly AWS_ENDPOINT_URL_STS?: string | undefined
  readonly AWS_CONTAINER_CREDENTIALS_FULL_URI?: string | undefined
  readonly AWS_CONTAINER_CREDENTIALS_RELATIVE_URI?: string | undefined
  readonly AWS_CONTAINER_AUTHORIZATION_TOKEN?: string | undefined
  readonly GCE_METADATA_HOST: string
}

/** Returns the bucket that the variables name, or undefined without a bucket or credentials. */
export function bucketSettings(values: Values): BucketSettings | undefined {
  const { BACKUP_S3_BUCKET: bucket, BACKUP_S3_REGION: region, BACKUP_S3_PREFIX: prefix } = values
  const key = openedBy(values)
  if (bucket === undefined || key === undefined) return undefined
  const endpoint = (values.BACKUP_S3_ENDPOINT ?? `https://s3.${region}.amazonaws.com`).replace(/\/+$/, '')
  const { BACKUP_S3_PATH_STYLE: pathStyle, BACKUP_S3_ENCRYPTION: algorithm, BACKUP_S3_KMS_KEY: keyId } = values
  const encryption =
    algorithm === undefined ? {} : { encryption: { algorithm, ...(keyId === undefined ? {} : { keyId }) } }
  return { endpoint, bucket, region, prefix, pathStyle, ...encryption, ...key }
}

/** Server of the tasks of ECS, to which their variable names a path. */
const ECS = 'http://169.254.170.2'

/** Returns the credentials of a bucket: a key, else those of a role, of a server of keys, or of Google's identity. */
function openedBy(values: Values): BucketKey | BucketRole | KeyServer | GoogleIdentity | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = values
  if (accessKeyId !== undefined && secretAccessKey !== undefined) return { accessKeyId, secretAccessKey }
  const { AWS_ROLE_ARN: roleArn, AWS_WEB_IDENTITY_TOKEN: webIdentityToken, BACKUP_S3_REGION: region } = values
  if (roleArn !== undefined && webIdentityToken !== undefined) {
    const { AWS_ENDPOINT_URL_STS: stsEndpoint = `https://sts.${region}.amazonaws.com` } = values
    return { roleArn, webIdentityToken, stsEndpoint }
  }
  const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: path, AWS_CONTAINER_AUTHORIZATION_TOKEN: authorization } = values
  const keysUrl = path === undefined ? values.AWS_CONTAINER_CREDENTIALS_FULL_URI : `${ECS}${path}`
  if (keysUrl !== undefined) return { keysUrl, ...(authorization === undefined ? {} : { authorization }) }
  const google = `http://${values.GCE_METADATA_HOST}/computeMetadata/v1/instance/service-accounts/default/token`
  return values.BACKUP_S3_IDENTITY === 'google' ? { tokensUrl: google } : undefined
}

/** Returns the faults of a bucket's variables, with the variables that each is about. */
export function bucketFaults(values: Values): { readonly variables: readonly string[]; readonly message: string }[] {
  const { BACKUP_S3_BUCKET: bucket, BACKUP_S3_ENCRYPTION: algorithm, BACKUP_S3_KMS_KEY: keyId } = values
  if (bucket === undefined) return []
  const key = openedBy(values)
  return [
    ...(key === undefined ? [{ variables: ['BACKUP_S3_BUCKET'], message: CLOSED }] : []),
    ...(key !== undefined && 'keysUrl' in key && !isKeyServer(key.keysUrl)
      ? [
          {
            variables: ['AWS_CONTAINER_CREDENTIALS_FULL_URI'],
            message:
              'AWS_CONTAINER_CREDENTIALS_FULL_URI must be a URL with https://, or with http:// one of this machine, EKS or ECS: correct it',
          },
        ]
      : []),
    ...(keyId !== undefined && algorithm !== 'aws:kms'
      ? [
          {
            variables: ['BACKUP_S3_KMS_KEY'],
            message: 'BACKUP_S3_KMS_KEY requires BACKUP_S3_ENCRYPTION=aws:kms: set that, or remove the key',
          },
        ]
      : []),
  ]
}

const CLOSED =
  'BACKUP_S3_BUCKET needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: set them, or name their files, or use a role with AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE, a server of keys with AWS_CONTAINER_CREDENTIALS_FULL_URI, or BACKUP_S3_IDENTITY=google'

/** Addresses of the servers of EKS and ECS, which only the node itself has, and of this machine. */
const OF_NODES = /^(169\.254\.170\.(2|23)|\[fd00:ec2::23\]|127(\.\d+){3}|\[::1\]|localhost)$/

/** Whether a server of keys is encrypted, or one that no other machine can pretend to be. */
function isKeyServer(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || (protocol === 'http:' && OF_NODES.test(hostname))
}
