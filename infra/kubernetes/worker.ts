import type { apps } from '@pulumi/kubernetes'
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import { defined } from '../fields.ts'
import { amountOf, MIB } from '../settings/kinds.ts'
import type { KubernetesSettings } from '../settings/settings.ts'
import { SCRATCH_DISK } from '../settings/sizes.ts'
import { metadataOf } from './metadata.ts'
import { claimed, namedUser, passwdFor, scratch } from './pod.ts'
import { repositoryFiles } from './repository-files.ts'
import { deploymentFor, type ServiceArgs } from './service.ts'
import { configFor, placed } from './workload.ts'

const CLONES = '/clones'

/** Deploys the workers, which clone and index repositories, with scratch space for clones. */
export class Worker extends ComponentResource {
  readonly pods: apps.v1.Deployment

  constructor(name: string, args: ServiceArgs, opts: ComponentResourceOptions) {
    super('codebase:kubernetes:Worker', name, {}, opts)
    const { settings, secrets } = args
    const { clones, clonesClaim } = settings.worker
    const place = placed(args, name, this)
    const user = passwdFor(settings, 'codebase', '/tmp', '/nonexistent')
    const named = user.passwd === undefined ? [] : [namedUser(configFor(name, user, place))]
    const listed = repositoryFiles(args, place)
    const environment = {
      ...listed.environment,
      GIT_ALLOWED_URLS: settings.git.allowedUrls.join(','),
      GIT_POLL_INTERVAL: String(settings.git.pollInterval),
      GIT_SOURCES_INTERVAL: String(settings.git.sourcesInterval),
      ...boundsOf(amountOf(clones)),
    }
    this.pods = deploymentFor(
      name,
      args,
      { ...settings.worker, disk: (clonesClaim ? 0 : amountOf(clones) / MIB) + SCRATCH_DISK },
      {
        mode: 'worker',
        environment,
        secrets: secrets.git,
        parts: [...named, ...listed.parts, clonesIn(settings, name)],
      },
      place,
    )
    this.registerOutputs({})
  }
}

function clonesIn(settings: KubernetesSettings, component: string) {
  const { clones, clonesClaim, storageClass: storageClassName = settings.cluster.storageClass } = settings.worker
  if (!clonesClaim) return scratch('clones', CLONES, clones)
  const resources = { requests: { storage: clones } }
  return claimed('clones', CLONES, {
    metadata: metadataOf(settings, component),
    spec: { accessModes: ['ReadWriteOnce'], resources, ...defined({ storageClassName }) },
  })
}

/** Returns the limits of clones, which leave room on the volume for one more clone. */
const boundsOf = (bytes: number) => ({
  CLONES_FOLDER: CLONES,
  CLONES_MAX_BYTES: String(Math.floor(bytes * 0.7)),
  GIT_MAX_BYTES: String(Math.floor(bytes * 0.2)),
})
