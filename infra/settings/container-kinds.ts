import { z } from 'zod'
import type { Problem } from '../kubernetes-api/checks.ts'
import { containerProblems, initContainerProblems, mountProblems } from '../kubernetes-api/containers.ts'
import { schemaProblems } from '../kubernetes-api/schemas.ts'
import { volumeProblems } from '../kubernetes-api/volumes.ts'
import { must } from './kinds.ts'
import { imageReference, labelName } from './kubernetes-kinds.ts'

type Group = Readonly<Record<string, unknown>>
type Context = z.core.$RefinementCtx
type Path = readonly (string | number)[]

export const fault = (context: Context, path: Path, message: string) =>
  context.addIssue({ code: 'custom', path: [...path], message })

/** Checks a part of a pod against Kubernetes' schema. */
const asKubernetesHas = (model: string) => (given: Group, context: Context) => {
  for (const { path, says } of schemaProblems(model, given)) fault(context, path, says)
}

/** Checks what an API server requires beyond the schema. */
const asRulesHave = (problems: (given: Group) => readonly Problem[]) => (given: Group, context: Context) => {
  for (const { path, says } of problems(given)) fault(context, path, says)
}

export const volume = z
  .looseObject({ name: labelName('a volume') })
  .superRefine(asKubernetesHas('v1/Volume'))
  .superRefine(asRulesHave(volumeProblems))

/** Where nothing can be mounted, or a program would miss what it starts with. */
const OF_SYSTEM =
  /^\/+(\.?\/)*(|(proc|sys)(\/.*)?|(app|dev|etc|bin|sbin|lib|lib64|usr|usr\/bin|usr\/lib|usr\/local)\/?)$/

export const mount = z
  .looseObject({
    name: labelName('a volume'),
    mountPath: z
      .string({ error: must('a path') })
      .regex(/^\/[^:]*$/, { error: must('an absolute path without ":"') })
      .refine((path) => !OF_SYSTEM.test(path), { error: must('a folder that no container needs for itself') }),
  })
  .superRefine(asKubernetesHas('v1/VolumeMount'))
  .superRefine(asRulesHave(mountProblems))

const anyContainer = z
  .looseObject({ name: labelName('a container'), image: imageReference })
  .superRefine(asKubernetesHas('v1/Container'))
  .superRefine(asRulesHave(containerProblems))

/** A sidecar. */
export const container = anyContainer.superRefine(({ restartPolicy }, context) => {
  if (restartPolicy !== undefined) fault(context, ['restartPolicy'], 'is only for initContainers; remove it')
})

/** An init container. It keeps running only with `restartPolicy: Always`. */
export const initContainer = anyContainer.superRefine(asRulesHave(initContainerProblems))
