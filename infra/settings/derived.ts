import { PARTS } from './parts.ts'
import type { KubernetesSettings } from './settings.ts'

/** Whether the database is in the stack, rather than on a server or cluster of somebody else. */
export const hasDatabase = ({ database: { url, external, cnpg }, secrets }: KubernetesSettings) =>
  [url, external, cnpg, secrets.database].every((each) => each === undefined)

/** Whether Ollama is in the stack. */
export const hasOllama = ({ ollama }: KubernetesSettings) => ollama.enabled && ollama.url === undefined

/** The name by which nodes offer a GPU; undefined where none is asked for. */
export const gpuResourceOf = ({ ollama: { gpu, gpuResource } }: Pick<KubernetesSettings, 'ollama'>) =>
  gpu === 'none' ? undefined : (gpuResource ?? `${gpu}.com/gpu`)

/** Whether their number follows the load: then the workload itself must not say how many there are. */
export const isScaled = ({ replicas, maxReplicas }: { readonly replicas: number; readonly maxReplicas: number }) =>
  maxReplicas > replicas

/** The ServiceAccounts that the stack makes: that of all pods, and those of parts. */
export const accountsOf = (settings: KubernetesSettings) =>
  [settings.cluster, ...PARTS.map((part) => settings[part])].flatMap(({ serviceAccount }) =>
    serviceAccount?.create ? [serviceAccount] : [],
  )
