import { certificates } from '../certificates.ts'
import {
  checkedText,
  flag,
  group,
  oneOf,
  optionalGroup,
  port,
  secretText,
  secretUrl,
  setting,
  text,
  whole,
} from '../kinds.ts'
import { hostOrAddress, imageReference } from '../kubernetes-kinds.ts'

const KUBERNETES = { target: 'kubernetes' } as const
const POSTGRES = ['postgres:', 'postgresql:'] as const

const isMoment = (value: string) =>
  !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value.replace(/Z$/, '.000Z')

/** Postgres cuts names at 63 characters, and the names of roles are longer than this one. */
const IDENTIFIER = /^(?!pg_|postgres$|template\d$|public$|none$|user$)[a-z][a-z0-9_]{0,39}$/

const serverName = text(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'lower-case letters, digits and "-"')

export const database = group('An existing database instead of the container.', {
  url: setting(
    secretUrl(...POSTGRES).optional(),
    'Connection URL, `postgres://user:password@host:port/name`. Use `host.docker.internal` for this machine. The database needs the extension `vector`. A secret.',
  ),
  migrationUrl: setting(
    secretUrl(...POSTGRES).optional(),
    'Connection URL of the schema’s owner, for migrations, if the role in `url` may only read and write rows. A secret.',
  ),
  ca: setting(
    certificates.optional(),
    'CA certificate to verify the server: PEM text, or on Kubernetes `{configMap: NAME}` or `{secret: NAME}`, with `key` if it is not `ca.crt`.',
    { otherwise: 'the image’s CA certificates' },
  ),
  external: setting(
    optionalGroup({
      host: setting(hostOrAddress, 'Host name or address.', { otherwise: 'none, required' }),
      port: setting(port.default(5432), 'Port.'),
      name: setting(
        text(
          IDENTIFIER,
          'up to 40 lower-case letters, digits and "_", starting with a letter, and no name of Postgres',
        ).default('codebase'),
        'Name of the database, and of the roles that use it: `NAME`, `NAME_migrator` and logins such as `NAME_e3b0c442`. Stacks that share a server need different names.',
      ),
      user: setting(
        text(/^(?!pg_)\S{1,63}$/, 'the name of a role that does not start with pg_').default('postgres'),
        'Role that creates the database, roles and grants.',
      ),
      password: setting(secretText, 'Password of that role. A secret.', { otherwise: 'none, required' }),
      superuser: setting(flag.default(false), 'Whether that role is a superuser. On managed servers it is not.'),
      sslMode: setting(
        oneOf('disable', 'require', 'verify-ca', 'verify-full').default('require'),
        '`disable`, `require`, `verify-ca` (verifies the certificate, which requires `ca`) or `verify-full` (also the server’s name).',
      ),
      ca: setting(certificates.optional(), 'CA certificate to verify the server, as in `database.ca`.', {
        otherwise: 'the image’s CA certificates',
      }),
    }),
    'An existing Postgres server in which this program creates the database, roles, grants and extension.',
    KUBERNETES,
  ),
  cnpg: setting(
    optionalGroup({
      instances: setting(whole(1, 9).default(3), 'Number of Postgres instances.'),
      image: setting(
        imageReference.default('ghcr.io/cloudnative-pg/postgresql:17-standard-trixie'),
        'Image with pgvector.',
      ),
      archive: setting(
        optionalGroup({
          name: setting(serverName.optional(), 'Folder of this cluster in the bucket.', {
            otherwise: 'the name of the Cluster, `postgres`',
          }),
          days: setting(whole(1, 3650).default(30), 'Recovery window, in days.'),
          recoverFrom: setting(
            serverName.optional(),
            'Folder in the bucket of the cluster to recover from. Only a new cluster reads it ([backup](backup.md#point-in-time-recovery)).',
            { otherwise: 'none: the cluster starts empty' },
          ),
          recoverUntil: setting(
            checkedText(isMoment, 'a time in UTC such as 2026-05-31T09:30:00Z').optional(),
            'Recovery target time.',
            { otherwise: 'the end of the archive' },
          ),
        }),
        'Archives base backups on `backup.schedule` and the write-ahead log to the bucket of `backup`, through the Barman Cloud plugin, which must be installed.',
        { otherwise: 'none' },
      ),
    }),
    'A CloudNativePG cluster. Its operator must be installed.',
    KUBERNETES,
  ),
})
