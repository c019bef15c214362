import { z } from 'zod'
import { ruleProblems } from '../../kubernetes-rules.ts'
import { schemaProblems } from '../../kubernetes-schemas.ts'
import {
  cpus,
  flag,
  group,
  isBare,
  listOf,
  memory,
  must,
  oneOf,
  seconds,
  secretText,
  setting,
  storage,
  text,
  texts,
  url,
  whole,
} from '../kinds.ts'
import { annotations, labels, moreLabels, namespaceName, objectName } from '../kubernetes-kinds.ts'
import { schedule } from '../schedule.ts'
import { network } from './network.ts'
import { partSettings, podSettings } from './pods.ts'

const NONE = { otherwise: 'none' }

const secretName = text(/^[\w./-]+$/, 'the name of a Secret')

const bucket = text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket').refine(
  (value) => !/\.[.-]|-\.|^[\d.]+$|^(xn--|sthree-)|-s3alias$/.test(value),
  { error: must('the name of a bucket') },
)

const PREFIX_OF_NAMES = 'the beginning of names such as team/, without "/" at its start, "//", "/./" and "/../"'

/** Below which paths are asked for. */
const endpoint = url('https:', 'http:').refine(isBare, {
  error: 'must be a URL without a login, a "?" and a "#", such as https://s3.example.com',
})

const issuer = url('https:').refine((value) => isBare(value) && !value.includes('/.well-known/'), {
  error: must('the URL of an issuer as its tokens name it, without "?", "#" and /.well-known/'),
})

const target = z.strictObject(
  { kind: text(/^[A-Z]\w*$/, 'a kind such as Deployment'), name: text(/^\S+$/, 'the name of an object').optional() },
  { error: must('a group with kind and name') },
)

const change = z
  .record(z.string(), z.unknown(), { error: must('a part of an object') })
  .refine((given) => Object.keys(given).length > 0, {
    error: 'changes nothing; write what is to be changed, or remove it',
  })

const patch = z.strictObject({ target, patch: change }, { error: must('a group with target and patch') })

const object = z
  .looseObject({
    apiVersion: text(/^([a-z0-9.-]+\/)?v\d\w*$/, 'a version such as apps/v1'),
    kind: text(/^[A-Z]\w*$/, 'a kind such as ConfigMap'),
    metadata: z.looseObject({
      name: text(/^[^/%\s]+$/, 'the name of an object'),
      namespace: namespaceName.optional(),
      labels: labels.optional(),
      annotations: annotations.optional(),
    }),
  })
  .superRefine((given, context) => {
    const known = schemaProblems(`${given.apiVersion}/${given.kind}`, given)
    for (const { path, says } of [...known, ...ruleProblems(given)]) {
      context.addIssue({ code: 'custom', path: [...path], message: says })
    }
  })
  .refine(({ kind }) => !kind.endsWith('List'), { error: 'is a list of objects; list each one separately' })

function refuseTwice(objects: readonly z.output<typeof object>[], context: z.core.$RefinementCtx): void {
  const seen = new Set<string>()
  for (const [at, { apiVersion, kind, metadata }] of objects.entries()) {
    const id = [apiVersion, kind, metadata.namespace, metadata.name].join(' ')
    if (seen.has(id)) {
      context.addIssue({
        code: 'custom',
        path: [at],
        message: `is ${kind} ${metadata.name} again; give it another name`,
      })
    }
    seen.add(id)
  }
}

const PREFIX = 'up to 20 lower-case letters, digits and "-", with a letter at the beginning'

/** What only a cluster has, but for the network. */
export const cluster = {
  kubernetes: group(
    'The cluster, and what holds for all that is in it. Placement and labels are of all pods; a part’s own group wins over them.',
    {
      context: setting(text(/\S/, 'the name of a context').optional(), 'Context of the kubeconfig.', {
        otherwise: 'the account of the pod that the program runs in, else the current context',
      }),
      cluster: setting(
        text(/\S/, 'an identifier').optional(),
        'Identifier that stays when the kubeconfig changes; another one replaces every object.',
        { otherwise: 'the context' },
      ),
      namespace: setting(namespaceName.optional(), 'Namespace of everything.', { otherwise: '`name`' }),
      createNamespace: setting(flag.default(true), 'With `false`, the namespace is there already.'),
      prefix: setting(
        text(/^([a-z][a-z0-9-]{0,19})?$/, PREFIX).default(''),
        'Before the name of every object, so that two stacks can share a namespace.',
      ),
      storageClass: setting(objectName('a StorageClass').optional(), 'StorageClass of the volumes.', {
        otherwise: 'the cluster’s',
      }),
      pullSecret: setting(objectName('a Secret').optional(), 'Secret to pull the images with.', NONE),
      pullSecrets: setting(
        listOf(objectName('a Secret'), 'names of Secrets').default([]),
        'Secrets to pull the images with, where there are several.',
      ),
      user: setting(
        whole(1, 2_147_483_647).nullable().default(10_001),
        'Number of the user that everything runs as; `null` leaves it to the cluster, as OpenShift wants it.',
      ),
      labels: setting(moreLabels.default({}), 'Labels of every object and pod, which no selector asks for.'),
      annotations: setting(annotations.default({}), 'Annotations of every object.'),
      ...podSettings(NONE),
      quotaCpus: setting(cpus.optional(), 'CPUs that all pods of the namespace may request.', {
        otherwise: 'no quota',
      }),
      quotaMemory: setting(memory.optional(), 'Memory that all pods of the namespace may request.', {
        otherwise: 'no quota',
      }),
      patches: setting(
        listOf(patch, 'patches').default([]),
        'Changes of objects, `{target: {kind, name}, patch}`: a strategic merge, applied last and seen by policies and `plan`; without `name` of all objects of that kind ([patches](kubernetes.md#patches-and-extra-objects)).',
      ),
      extraObjects: setting(
        listOf(object, 'objects').superRefine(refuseTwice).default([]),
        'Further objects of the stack, in its namespace unless they name one.',
      ),
    },
    { target: 'kubernetes' },
  ),
  jobs: group('Pods that prepare the others and end: roles, migration and the pull of the model.', partSettings, {
    target: 'kubernetes',
  }),
  access: group(
    'Who may call the server ([authentication](authentication.md)).',
    {
      required: setting(flag.default(true), 'With `false`, whoever reaches the server may call.'),
      tokens: setting(
        secretText.meta({ secret: true, standIn: 'encrypted-encrypted-encrypted' }).optional(),
        'Tokens, one a line, each with what it opens. A secret.',
        { otherwise: 'one that is made' },
      ),
      oidcIssuer: setting(issuer.optional(), 'Issuer whose tokens are taken.', NONE),
      oidcAudience: setting(text(/^\S+$/, 'an audience').optional(), 'Audience that these tokens are for.', NONE),
      oidcClientId: setting(
        text(/^\S+$/, 'the id of a client').optional(),
        'Client as which people sign in on the web page; its secret, where it has one, is `OIDC_CLIENT_SECRET` of `server.env`.',
        { otherwise: 'none: the page asks for a token' },
      ),
      oidcScopes: setting(
        listOf(text(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'a scope'), 'scopes').default(['openid', 'codebase:read']),
        'Scopes that the page asks for.',
      ),
      oidcRepositories: setting(texts.default([]), 'Repositories of tokens that name none; `*` for all.'),
      oidcRepositoriesClaim: setting(
        text(/^\S+$/, 'the name of a claim').default('repositories'),
        'Claim in which tokens name repositories.',
      ),
    },
    { target: 'kubernetes' },
  ),
  git: group(
    'How repositories on git servers are fetched.',
    {
      credentials: setting(
        secretText.meta({ secret: true, standIn: '{"https://encrypted.invalid/":{"token":"encrypted"}}' }).optional(),
        'What opens private repositories, as JSON like `GIT_CREDENTIALS` in `.env.example`. A secret.',
        NONE,
      ),
      allowedUrls: setting(texts.default([]), 'URLs inside of which agents may ask for more repositories.'),
      pollInterval: setting(seconds(0, 86_400).default(300), 'Time between two looks for new commits, 0 for none.'),
      sourcesInterval: setting(
        seconds(0, 86_400).default(900),
        'Time between two looks at `sources`, 0 for one at the start.',
      ),
      webhookSecret: setting(
        secretText.meta({ secret: true, standIn: 'encrypted-encrypted' }).optional(),
        'What git servers sign with when they tell of a push. A secret.',
        NONE,
      ),
    },
    { target: 'kubernetes' },
  ),
  secrets: group(
    'Existing Secrets of the namespace in place of those that this program makes, by their names.',
    {
      database: setting(
        secretName.optional(),
        'Has `DATABASE_URL`, and `MIGRATION_DATABASE_URL` for the owner of the schema.',
        NONE,
      ),
      access: setting(secretName.optional(), 'Has `AUTH_TOKENS`.', NONE),
      git: setting(
        secretName.optional(),
        'Has `GIT_CREDENTIALS`, and the files that it names, which are in /run/secrets/git.',
        NONE,
      ),
      webhook: setting(secretName.optional(), 'Has `WEBHOOK_SECRET`.', NONE),
      backup: setting(secretName.optional(), 'Has `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.', NONE),
      version: setting(
        text(/^\S+$/, 'a version').optional(),
        'Any text; another one starts the pods again, for Secrets that others have changed.',
        NONE,
      ),
      store: setting(
        objectName('a SecretStore').optional(),
        'Store of External Secrets; the names above are then those of secrets in it.',
        NONE,
      ),
      storeKind: setting(
        oneOf('SecretStore', 'ClusterSecretStore').default('ClusterSecretStore'),
        'Kind of the store: `SecretStore` or `ClusterSecretStore`.',
      ),
    },
    { target: 'kubernetes' },
  ),
  ...network,
  backup: group(
    'Backups of the database ([backup](backup.md)).',
    {
      enabled: setting(flag.default(true), 'Whether backups are made and tested.'),
      schedule: setting(schedule.default('0 2 * * *'), 'When, as cron writes it, in UTC.'),
      keep: setting(whole(1, 1000).default(7), 'How many are kept.'),
      storage: setting(storage('256Mi').optional(), 'Size of their volume.', { otherwise: 'that of postgres' }),
      testSchedule: setting(
        schedule.default('0 4 * * 0'),
        'When the newest is restored and compared, as cron writes it, in UTC.',
      ),
      s3Endpoint: setting(endpoint.optional(), 'URL of a storage with the interface of S3.', NONE),
      s3Bucket: setting(bucket.optional(), 'Bucket in place of the volume.', NONE),
      s3Region: setting(text(/^[\w-]+$/, 'a region').default('us-east-1'), 'Region of the bucket.'),
      s3Prefix: setting(
        text(/^(?!\/)(?!(.*\/)?\.{1,2}(\/|$))(?!.*\/\/)[\w./-]*$/, PREFIX_OF_NAMES).default('codebase-mcp/'),
        'What names in the bucket begin with.',
      ),
      s3AccessKey: setting(text(/^\S+$/, 'the id of an access key').optional(), 'Id of the access key.', NONE),
      s3SecretKey: setting(secretText.optional(), 'The key. A secret.', NONE),
      ...partSettings,
    },
    { target: 'kubernetes' },
  ),
}
