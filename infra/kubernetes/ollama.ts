import { apps, type types } from '@pulumi/kubernetes'
import { ComponentResource, type ComponentResourceOptions, type Resource } from '@pulumi/pulumi'
import { gpuResourceOf } from '../settings/derived.ts'
import type { KubernetesSettings } from '../settings/settings.ts'
import { resources, restrictedContainer, scratch, stored } from './pod.ts'
import { podTemplate } from './template.ts'
import { placed, serviceFor, type WorkloadArgs } from './workload.ts'

const PORT = 11434
const HOME = '/ollama'

/** Deploys Ollama behind the Service `ollama`, with a volume for its models. */
export class Ollama extends ComponentResource {
  /** Resources that must exist before Ollama is called. */
  readonly ready: readonly Resource[]

  constructor(name: string, args: WorkloadArgs, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Ollama', name, {}, opts)
    const { settings, base } = args
    const place = placed(args, name, this)
    const claim = base.claim(name, name, settings.ollama, this)
    const parts = [stored('data', claim, HOME), scratch('tmp', '/tmp', '256Mi')]
    const container = {
      ...restrictedContainer,
      ...OLLAMA,
      env: [
        { name: 'HOME', value: HOME },
        { name: 'OLLAMA_HOST', value: `${everyAddress(settings)}:${PORT}` },
      ],
      image: settings.ollama.image,
      resources: withGpus(settings.ollama),
      volumeMounts: parts.map(({ mount }) => mount),
    }
    const service = serviceFor(name, PORT, place)
    const pods = new apps.v1.Deployment(
      `${name}-pods`,
      {
        metadata: place.named(name),
        spec: {
          replicas: settings.running ? 1 : 0,
          // The volume can be mounted by only one node.
          strategy: { type: 'Recreate' },
          selector: place.selector,
          template: podTemplate(
            { containers: [container], volumes: parts.map(({ volume }) => volume), spec: onNodes(settings.ollama) },
            place,
          ),
        },
      },
      place.own,
    )
    this.ready = [pods, service]
    this.registerOutputs({})
  }
}

const everyAddress = ({ network }: KubernetesSettings) => (network.ipFamilies?.includes('IPv6') ? '[::]' : '0.0.0.0')

type OllamaSettings = KubernetesSettings['ollama']

function withGpus(settings: OllamaSettings): types.input.core.v1.ResourceRequirements {
  const { requests, limits } = resources(settings)
  const gpu = gpuResourceOf({ ollama: settings })
  return gpu === undefined
    ? { requests, limits }
    : { requests, limits: { ...limits, [gpu]: String(settings.gpus ?? 1) } }
}

/** Returns the tolerations. Nodes with GPUs are often tainted with the name of the resource. */
function onNodes(settings: OllamaSettings): Partial<types.input.core.v1.PodSpec> {
  const { tolerateTaints } = settings
  const gpu = gpuResourceOf({ ollama: settings })
  const taints = [...(gpu === undefined ? [] : [gpu]), ...tolerateTaints]
  return taints.length === 0 ? {} : { tolerations: taints.map((key) => ({ key, operator: 'Exists' })) }
}

const probe = (path: string) => ({ httpGet: { path, port: PORT }, timeoutSeconds: 5 })

const OLLAMA = {
  name: 'ollama',
  ports: [{ name: 'main', containerPort: PORT }],
  startupProbe: { ...probe('/'), periodSeconds: 1, failureThreshold: 120 },
  readinessProbe: { ...probe('/api/version'), periodSeconds: 5 },
  livenessProbe: { ...probe('/'), periodSeconds: 10, failureThreshold: 6 },
}
