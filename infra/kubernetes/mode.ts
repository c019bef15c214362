import type { Input } from '@pulumi/pulumi'
import type { KubernetesSettings } from '../settings/settings.ts'
import { restrictedContainer, restrictedPod, SECRETS, scratch, secretFiles } from './pod.ts'

/** The user of the image. */
const UID = 1000

type Environment = Readonly<Record<string, string>>

interface ModeArgs {
  readonly settings: KubernetesSettings
  readonly mode: string
  readonly environment: Environment
  /** The Secret whose files the mode reads, if it reads any. */
  readonly secret?: Input<string>
}

/** A pod that runs the image in one of its modes, but for what is particular to the workload. */
export function modePod({ settings, mode, environment, secret }: ModeArgs) {
  const parts = [scratch('tmp', '/tmp', '64Mi'), ...(secret === undefined ? [] : [secretFiles(secret)])]
  return {
    pod: { ...restrictedPod(UID, settings.cluster.pullSecret), volumes: parts.map(({ volume }) => volume) },
    container: {
      ...restrictedContainer,
      name: mode,
      image: settings.image.reference,
      args: [mode],
      env: Object.entries(environment).map(([name, value]) => ({ name, value })),
      volumeMounts: parts.map(({ mount }) => mount),
    },
  }
}

/** Where the service finds Ollama, and which model it asks it for. */
export const embeddingEnvironment = ({ ollama }: KubernetesSettings): Environment => ({
  OLLAMA_BASE_URL: 'http://ollama:11434',
  EMBEDDING_MODEL: ollama.model,
  EMBEDDING_MODEL_INSECURE: String(ollama.insecure),
})

/** The variable that names a Secret's file, for each of its keys. */
export const fileVariables = (...keys: readonly string[]): Environment =>
  Object.fromEntries(keys.map((key) => [`${key}_FILE`, `${SECRETS}/${key}`]))
