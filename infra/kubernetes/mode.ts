import type { Input } from '@pulumi/pulumi'
import type { KubernetesSettings } from '../settings/settings.ts'
import { called } from './metadata.ts'
import { type Part, restrictedContainer, scratch } from './pod.ts'
import { annotationsOf, partOf, type SecretFiles, variablesOf } from './secret-files.ts'

type Environment = Readonly<Record<string, string>>

interface ModeArgs {
  readonly settings: KubernetesSettings
  readonly image: Input<string>
  readonly mode: string
  readonly environment: Environment
  /** Secrets whose files the mode reads. */
  readonly secrets?: readonly SecretFiles[]
  readonly parts?: readonly Part[]
}

/** Returns the parts of a pod that runs the image in one of its modes. */
export function modePod({ settings, image, mode, environment, secrets = [], parts = [] }: ModeArgs) {
  const all = [scratch('tmp', '/tmp', '64Mi'), ...secrets.map(partOf), ...parts]
  return {
    annotations: annotationsOf(secrets, settings),
    volumes: all.map(({ volume }) => volume),
    container: {
      ...restrictedContainer,
      name: mode,
      image,
      args: [mode],
      env: Object.entries({ ...variablesOf(secrets), ...environment }).map(([name, value]) => ({ name, value })),
      volumeMounts: all.map(({ mount }) => mount),
    },
  }
}

/** Returns the environment variables for Ollama and its model. */
export function embeddingEnvironment(settings: KubernetesSettings): Environment {
  const { ollama } = settings
  if (!ollama.enabled) return { OLLAMA_BASE_URL: 'off' }
  return {
    OLLAMA_BASE_URL: ollama.url ?? `http://${called(settings, 'ollama')}:11434`,
    EMBEDDING_MODEL: ollama.model,
    EMBEDDING_MODEL_INSECURE: String(ollama.insecure),
  }
}
