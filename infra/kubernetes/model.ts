import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import { jobFor } from './job.ts'
import { embeddingEnvironment, modePod } from './mode.ts'
import { placed, type WorkloadArgs } from './workload.ts'

/** Pulls the model into Ollama unless it is already there. */
export class Model extends ComponentResource {
  constructor(name: string, args: WorkloadArgs, opts: ComponentResourceOptions) {
    super('codebase:kubernetes:Model', name, {}, opts)
    const { settings, base } = args
    const pull = modePod({
      settings,
      image: base.image,
      mode: 'pull-model',
      environment: embeddingEnvironment(settings),
    })
    jobFor(name, pull, placed(args, name, this))
    this.registerOutputs({})
  }
}
