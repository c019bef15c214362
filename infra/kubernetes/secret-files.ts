import { all, type Input, type Output, output } from '@pulumi/pulumi'
import { CA_FILE } from '../postgres/encryption.ts'
import type { Certificates } from '../settings/certificates.ts'
import type { KubernetesSettings } from '../settings/settings.ts'
import { type Part, secretFiles } from './pod.ts'

/** A Secret that a container reads as files. */
export interface SecretFiles {
  /** Name of the folder and of the volume. */
  readonly folder: string
  readonly secret: Input<string>
  /** Environment variables of the service, with the keys of the Secret that hold their values. */
  readonly variables: Readonly<Record<string, string>>
  /** Whether the Secret is managed elsewhere, so that its name stays the same when its contents change. */
  readonly isGiven: boolean
  /** Object with the CA certificate of the server, which is mounted in the same folder as the Secret. */
  readonly authority?: Exclude<Certificates, string> | undefined
}

const folderOf = ({ folder }: SecretFiles) => `/run/secrets/${folder}`

export function partOf(files: SecretFiles): Part {
  const part = secretFiles(files.folder, files.secret, folderOf(files))
  if (files.authority === undefined) return part
  const { configMap, secret, key } = files.authority
  const items = [{ key, path: CA_FILE }]
  const certificate =
    secret === undefined ? { configMap: { name: configMap, items } } : { secret: { name: secret, items } }
  const sources = [{ secret: { name: files.secret } }, certificate]
  return { volume: { name: files.folder, projected: { sources, defaultMode: 0o440 } }, mount: part.mount }
}

/** Returns the environment variables with the paths of the files. */
export const variablesOf = (secrets: readonly SecretFiles[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    secrets.flatMap((files) =>
      Object.entries(files.variables).map(([name, key]) => [`${name}_FILE`, `${folderOf(files)}/${key}`]),
    ),
  )

type Annotations = Readonly<Record<string, Input<string>>>

/**
 * Returns the pod annotations that restart pods when an externally managed Secret changes: a version from the settings,
 * and the annotation for Reloader.
 */
export function annotationsOf(secrets: readonly SecretFiles[], settings: KubernetesSettings): Annotations {
  const given = secrets.filter(({ isGiven }) => isGiven)
  const { version } = settings.secrets
  return {
    ...(version === undefined ? {} : { 'codebase-mcp/secrets-version': version }),
    ...(given.length === 0 ? {} : { 'secret.reloader.stakater.com/reload': namesOf(given) }),
  }
}

const namesOf = (secrets: readonly SecretFiles[]): Output<string> =>
  all(secrets.map(({ secret }) => output(secret))).apply((names) => names.join(','))
