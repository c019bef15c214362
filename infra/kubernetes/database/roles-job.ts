import { readFileSync } from 'node:fs'
import type { batch } from '@pulumi/kubernetes'
import type { ComponentResource, Output, Resource } from '@pulumi/pulumi'
import { CA_FILE } from '../../postgres/encryption.ts'
import type { Certificates } from '../../settings/certificates.ts'
import { jobFor } from '../job.ts'
import { LEAVE_SECONDS, type Part, restrictedContainer, scratch, scripts, secretFiles } from '../pod.ts'
import { configFor, placed, secretFor, type WorkloadArgs } from '../workload.ts'
import type { Credentials } from './logins.ts'

/** A database that the stack creates. */
type RolesArgs = WorkloadArgs & {
  readonly credentials: Credentials
  /** Address, as host and port. */
  readonly address: string
  /** Certificate authority of the server. Undefined if connections are not encrypted. */
  readonly ca: Exclude<Certificates, string> | undefined
  readonly superuserPassword: Output<string>
}

const SECRETS = '/run/secrets/postgres'
const AUTHORITY = '/run/secrets/authority'
const SCRIPT = readFileSync(new URL('./roles.sh', import.meta.url), 'utf8')

/** Creates what is missing of roles, database and extension, or drops the service's previous logins. */
export function rolesJob(
  command: 'make' | 'retire',
  args: RolesArgs,
  parent: ComponentResource,
  dependsOn: readonly Resource[],
): batch.v1.Job {
  const { settings, credentials, address, ca, superuserPassword } = args
  const place = placed(args, 'roles', parent)
  const secrets = {
    'superuser-password': superuserPassword,
    'migrator-password': credentials.owner.password,
    login: credentials.service.name,
    password: credentials.service.password,
  }
  const parts = [
    secretFiles('secrets', secretFor(`${command}-roles`, secrets, place), SECRETS),
    ...(ca?.secret === undefined ? [] : [authorityIn(ca.secret)]),
    scratch('tmp', '/tmp', '16Mi'),
    scripts(configFor(`${command}-roles`, { 'roles.sh': SCRIPT }, place)),
  ]
  const container = {
    ...restrictedContainer,
    name: 'roles',
    image: settings.postgres.image,
    command: ['sh', '/scripts/roles.sh', command],
    env: [
      { name: 'PGHOST', value: address.replace(/:\d+$/, '') },
      ...(ca === undefined ? [] : VERIFYING),
      { name: 'SECRETS', value: SECRETS },
      { name: 'LEAVE', value: String(LEAVE_SECONDS + 2) },
      { name: 'GRACE', value: String(settings.server.grace) },
    ],
    volumeMounts: parts.map(({ mount }) => mount),
  }
  return jobFor(`${command}-roles`, { volumes: parts.map(({ volume }) => volume), container }, place, ...dependsOn)
}

/** The certificate of the authority, and nothing else of the Secret. */
const authorityIn = (secretName: string): Part => ({
  volume: { name: 'authority', secret: { secretName, items: [{ key: CA_FILE, path: CA_FILE }], defaultMode: 0o440 } },
  mount: { name: 'authority', mountPath: AUTHORITY, readOnly: true },
})

const VERIFYING = [
  { name: 'PGSSLMODE', value: 'verify-full' },
  { name: 'PGSSLROOTCERT', value: `${AUTHORITY}/${CA_FILE}` },
]
