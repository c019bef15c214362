import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  interpolate,
  type Output,
  output,
  secret,
} from '@pulumi/pulumi'
import { makePassword } from '../passwords.ts'
import type { Hidden } from '../settings/hidden.ts'
import type { KubernetesSettings } from '../settings/settings.ts'
import { givenSecret } from './given-secret.ts'
import type { SecretFiles } from './secret-files.ts'
import { placed, secretFor, type WorkloadArgs } from './workload.ts'

type Purpose = 'access' | 'git' | 'webhook'

/** Secrets of the service, except those of the database: access tokens, git credentials and the webhook secret. */
export class Secrets extends ComponentResource {
  /** Access tokens. Empty if access is open, or only an identity provider issues tokens. */
  readonly access: readonly SecretFiles[]
  /** Token for commands in the server's pod. Undefined if tokens come from an existing Secret, or there are none. */
  readonly token?: Output<string>
  /** Token with which Prometheus reads the metrics of repositories. It grants read access only. */
  readonly metrics?: { readonly secret: Input<string>; readonly key: string }
  readonly git: readonly SecretFiles[]
  readonly webhook: readonly SecretFiles[]
  readonly #args: WorkloadArgs

  constructor(name: string, args: WorkloadArgs, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Secrets', name, {}, opts)
    this.#args = args
    const { access, git, secrets } = args.settings
    if (makesToken(args.settings)) {
      this.token = makePassword('access-token', { parent: this, protect: false, version: secrets.version })
    }
    this.access = this.token === undefined ? this.#files('access', {}, ['AUTH_TOKENS']) : [this.#tokens(this.token)]
    const [made] = this.access
    if (this.token !== undefined && made !== undefined) this.metrics = { secret: made.secret, key: 'METRICS_TOKEN' }
    this.git = this.#files('git', { GIT_CREDENTIALS: git.credentials }, ['GIT_CREDENTIALS'])
    this.webhook = this.#files('webhook', { WEBHOOK_SECRET: git.webhookSecret }, ['WEBHOOK_SECRET'])
    this.registerOutputs({})

    function makesToken({ access: { required, oidcIssuer } }: KubernetesSettings): boolean {
      return required && secrets.access === undefined && (access.tokens !== undefined || oidcIssuer === undefined)
    }
  }

  /** Creates the Secret with the tokens of the settings, a token for the server's pod and one for Prometheus. */
  #tokens(own: Output<string>): SecretFiles {
    const { access, secrets } = this.#args.settings
    const metrics = makePassword('metrics-token', { parent: this, protect: false, version: secrets.version })
    const given = output(access.tokens?.input ?? '').apply((tokens) =>
      tokens.replace(/\s*$/, tokens === '' ? '' : '\n'),
    )
    const all = secret(interpolate`${given}${own}\n${metrics} rights=read`)
    const files = this.#made('access', { AUTH_TOKENS: all, SERVER_TOKEN: own, METRICS_TOKEN: metrics })
    return { ...files, variables: sameNames(['AUTH_TOKENS', 'SERVER_TOKEN']) }
  }

  #files(
    purpose: Purpose,
    data: Readonly<Record<string, Hidden | undefined>>,
    keys: readonly string[],
  ): readonly SecretFiles[] {
    const given = this.#args.settings.secrets[purpose]
    if (given !== undefined) {
      const name = givenSecret(purpose, given, this.#args, this)
      return [{ folder: purpose, secret: name, variables: sameNames(keys), isGiven: true }]
    }
    const set = Object.entries(data).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, secret(value.input)]],
    )
    return set.length === 0 ? [] : [this.#made(purpose, Object.fromEntries(set))]
  }

  #made(purpose: Purpose, data: Readonly<Record<string, Input<string>>>): SecretFiles {
    const name = secretFor(purpose, data, placed(this.#args, purpose, this))
    return { folder: purpose, secret: name, variables: sameNames(Object.keys(data)), isGiven: false }
  }
}

const sameNames = (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, key]))
