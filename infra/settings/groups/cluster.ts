import { z } from 'zod'
import { objectProblems } from '../../kubernetes-api/rules.ts'
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
  text,
  texts,
  url,
  whole,
} from '../kinds.ts'
import { annotations, labels, moreLabels, namespaceName, objectName } from '../kubernetes-kinds.ts'
import { backup } from './backup.ts'
import { network } from './network.ts'
import { partSettings, podSettings } from './pods.ts'

const NONE = { otherwise: 'none' }

const secretName = text(/^[\w./-]+$/, 'the name of a Secret')

const issuer = url('https:').refine((value) => isBare(value) && !value.includes('/.well-known/'), {
  error: must('the URL of an issuer as in its tokens, without "?", "#" and /.well-known/'),
})

const target = z.strictObject(
  { kind: text(/^[A-Z]\w*$/, 'a kind such as Deployment'), name: text(/^\S+$/, 'the name of an object').optional() },
  { error: must('a group with kind and name') },
)

const change = z
  .record(z.string(), z.unknown(), { error: must('a part of an object') })
  .refine((given) => Object.keys(given).length > 0, {
    error: 'changes nothing; add the fields to change or remove it',
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
    for (const { path, says } of objectProblems(given)) {
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
        message: `is a duplicate of ${kind} ${metadata.name}; give it another name`,
      })
    }
    seen.add(id)
  }
}

const PREFIX = 'up to 20 lower-case letters, digits and "-", starting with a letter'

/** Settings for Kubernetes only, and the network. */
export const cluster = {
  kubernetes: group(
    'The cluster, and settings of all objects in it. The [pod settings](#pod-settings) here apply to all pods.',
    {
      context: setting(text(/\S/, 'the name of a context').optional(), 'Context in the kubeconfig.', {
        otherwise: 'the ServiceAccount if the program runs in a pod, else the current context',
      }),
      cluster: setting(
        text(/\S/, 'an identifier').optional(),
        'Identifier of the cluster, independent of the kubeconfig. Changing it replaces every object.',
        { otherwise: 'the context' },
      ),
      namespace: setting(namespaceName.optional(), 'Namespace of all objects.', { otherwise: '`name`' }),
      createNamespace: setting(flag.default(true), 'With `false`, the namespace must exist.'),
      prefix: setting(
        text(/^([a-z][a-z0-9-]{0,19})?$/, PREFIX).default(''),
        'Prefix of every object’s name, so that two stacks can share a namespace.',
      ),
      storageClass: setting(objectName('a StorageClass').optional(), 'StorageClass of the volumes.', {
        otherwise: 'the cluster’s default',
      }),
      pullSecret: setting(objectName('a Secret').optional(), 'Secret to pull images with.', NONE),
      pullSecrets: setting(
        listOf(objectName('a Secret'), 'names of Secrets')
          .refine((names) => new Set(names).size === names.length, { error: 'has duplicate entries' })
          .default([]),
        'Secrets to pull images with, if there are several.',
      ),
      user: setting(
        whole(1, 2_147_483_647).nullable().default(10_001),
        'User ID that all pods run as. `null` leaves the choice to the cluster, as OpenShift requires.',
      ),
      labels: setting(moreLabels.default({}), 'Labels of every object and pod. Selectors do not use them.'),
      annotations: setting(annotations.default({}), 'Annotations of every object.'),
      ...podSettings(NONE),
      quotaCpus: setting(cpus.optional(), 'CPUs that all pods in the namespace may request together.', {
        otherwise: 'no quota',
      }),
      quotaMemory: setting(memory.optional(), 'Memory that all pods in the namespace may request together.', {
        otherwise: 'no quota',
      }),
      patches: setting(
        listOf(patch, 'patches').default([]),
        'Changes to objects, `{target: {kind, name}, patch}`. A strategic merge patch that is applied last, so policies and `plan` see its result. Without `name`, it applies to all objects of that kind ([patches](kubernetes.md#patches-and-extra-objects)).',
      ),
      extraObjects: setting(
        listOf(object, 'objects').superRefine(refuseTwice).default([]),
        'Additional objects. They are created in the stack’s namespace unless they name another one.',
      ),
    },
    { target: 'kubernetes' },
  ),
  jobs: group('Pods of Jobs: roles, migration and the pull of the model.', partSettings, {
    target: 'kubernetes',
  }),
  access: group(
    'Access to the server ([authentication](authentication.md)).',
    {
      required: setting(flag.default(true), 'With `false`, anyone who can reach the server may call it.'),
      tokens: setting(
        secretText.meta({ secret: true, standIn: 'encrypted-encrypted-encrypted' }).optional(),
        'Tokens and their scopes, one per line. A secret.',
        { otherwise: 'one generated token' },
      ),
      oidcIssuer: setting(issuer.optional(), 'Issuer of accepted tokens.', NONE),
      oidcAudience: setting(text(/^\S+$/, 'an audience').optional(), 'Audience of accepted tokens.', NONE),
      oidcClientId: setting(
        text(/^\S+$/, 'the id of a client').optional(),
        'Client ID for sign-in on the web page. Set the client’s secret, if it has one, as `OIDC_CLIENT_SECRET` in `server.env`.',
        { otherwise: 'none: the page asks for a token' },
      ),
      oidcScopes: setting(
        listOf(text(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'a scope'), 'scopes').default(['openid', 'codebase:read']),
        'Scopes that the web page requests.',
      ),
      oidcRepositories: setting(texts.default([]), 'Repositories for tokens that name none; `*` for all.'),
      oidcRepositoriesClaim: setting(
        text(/^\S+$/, 'the name of a claim').default('repositories'),
        'Claim that lists a token’s repositories.',
      ),
    },
    { target: 'kubernetes' },
  ),
  git: group(
    'Access to git servers.',
    {
      credentials: setting(
        secretText.meta({ secret: true, standIn: '{"https://encrypted.invalid/":{"token":"encrypted"}}' }).optional(),
        'Credentials for private repositories, as JSON; see `GIT_CREDENTIALS` in `.env.example`. A secret.',
        NONE,
      ),
      allowedUrls: setting(texts.default([]), 'URL prefixes of the repositories that agents may add.'),
      pollInterval: setting(
        seconds(0, 86_400).default(300),
        'Interval between checks for new commits; 0 turns them off.',
      ),
      sourcesInterval: setting(
        seconds(0, 86_400).default(900),
        'Interval between checks of `sources`; 0 checks once, at the start.',
      ),
      webhookSecret: setting(
        secretText.meta({ secret: true, standIn: 'encrypted-encrypted' }).optional(),
        'Secret with which git servers sign webhooks. A secret.',
        NONE,
      ),
    },
    { target: 'kubernetes' },
  ),
  secrets: group(
    'Names of existing Secrets to use instead of those that this program creates.',
    {
      database: setting(
        secretName.optional(),
        'Secret with `DATABASE_URL`, and `MIGRATION_DATABASE_URL` for the schema’s owner.',
        NONE,
      ),
      access: setting(secretName.optional(), 'Secret with `AUTH_TOKENS`.', NONE),
      git: setting(
        secretName.optional(),
        'Secret with `GIT_CREDENTIALS` and the files that it names, which are mounted in /run/secrets/git.',
        NONE,
      ),
      webhook: setting(secretName.optional(), 'Secret with `WEBHOOK_SECRET`.', NONE),
      backup: setting(secretName.optional(), 'Secret with `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.', NONE),
      version: setting(
        text(/^\S+$/, 'a version').optional(),
        'Any text. Change it to restart the pods after the Secrets have changed.',
        NONE,
      ),
      store: setting(
        objectName('a SecretStore').optional(),
        'Store of the External Secrets Operator. The names above then refer to secrets in that store.',
        NONE,
      ),
      storeKind: setting(
        oneOf('SecretStore', 'ClusterSecretStore').default('ClusterSecretStore'),
        '`SecretStore` or `ClusterSecretStore`.',
      ),
    },
    { target: 'kubernetes' },
  ),
  ...network,
  backup,
}
