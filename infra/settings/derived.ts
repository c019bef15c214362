import { PARTS } from './parts.ts'
import type { KubernetesSettings } from './settings.ts'

/** Whether the database is in the stack, and not on an existing server or a CloudNativePG cluster. */
export const hasDatabase = ({ database: { url, external, cnpg }, secrets }: KubernetesSettings) =>
  [url, external, cnpg, secrets.database].every((each) => each === undefined)

/** Whether Ollama is in the stack. */
export const hasOllama = ({ ollama }: KubernetesSettings) => ollama.enabled && ollama.url === undefined

/** Returns the resource name of GPUs. Undefined if none is requested. */
export const gpuResourceOf = ({ ollama: { gpu, gpuResource } }: Pick<KubernetesSettings, 'ollama'>) =>
  gpu === 'none' ? undefined : (gpuResource ?? `${gpu}.com/gpu`)

/** Whether an autoscaler sets the number of pods. The workload must not set it then. */
export const isScaled = ({ replicas, maxReplicas }: { readonly replicas: number; readonly maxReplicas: number }) =>
  maxReplicas > replicas

/** Returns the ServiceAccounts that the stack creates: that of all pods, and those of parts. */
export const accountsOf = (settings: KubernetesSettings) =>
  [settings.cluster, ...PARTS.map((part) => settings[part])].flatMap(({ serviceAccount }) =>
    serviceAccount?.create ? [serviceAccount] : [],
  )
