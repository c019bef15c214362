import { z } from 'zod'
import { schemaProblems } from '../kubernetes-schemas.ts'
import { amountOf, must } from './kinds.ts'
import { imageReference, labelName } from './kubernetes-kinds.ts'

type Group = Readonly<Record<string, unknown>>
type Context = z.core.$RefinementCtx
type Path = readonly (string | number)[]

const isGroup = (value: unknown): value is Group => typeof value === 'object' && value !== null

export const fault = (context: Context, path: Path, message: string) =>
  context.addIssue({ code: 'custom', path: [...path], message })

/** That a part of a pod is as the schema of Kubernetes has it. */
const asKubernetesHas = (model: string) => (given: Group, context: Context) => {
  for (const { path, says } of schemaProblems(model, given)) fault(context, path, says)
}

/** What the source of a volume has to name. */
const NAMED: Readonly<Record<string, string>> = {
  persistentVolumeClaim: 'claimName',
  secret: 'secretName',
  configMap: 'name',
}

export const volume = z
  .looseObject({ name: labelName('a volume') })
  .superRefine(asKubernetesHas('v1/Volume'))
  .superRefine(({ name, ...sources }, context) => {
    const keys = Object.keys(sources)
    const [source = ''] = keys
    if (keys.length !== 1) {
      const what = keys.length === 0 ? 'none' : keys.join(' and ')
      fault(
        context,
        [],
        `must have one source, such as configMap, secret or emptyDir, beside its name ${name}; it has ${what}`,
      )
    } else if (isGroup(sources[source])) ofSource(source, sources[source], context)
  })

function ofSource(source: string, { medium, defaultMode, ...rest }: Group, context: Context): void {
  if (typeof medium === 'string' && !/^(|Memory|HugePages(-\d+[KMG]i)?)$/.test(medium)) {
    fault(context, [source, 'medium'], `must be Memory, HugePages or empty, got ${JSON.stringify(medium)}`)
  }
  if (typeof defaultMode === 'number' && (defaultMode < 0 || defaultMode > 0o777)) {
    fault(context, [source, 'defaultMode'], `must be from 0 to 511 (0777 in octal), got ${defaultMode}`)
  }
  const named = NAMED[source]
  if (named !== undefined && rest[named] === undefined) fault(context, [source, named], 'is missing')
}

export const mount = z
  .looseObject({
    name: labelName('a volume'),
    mountPath: z.string({ error: must('a path') }).regex(/^\/[^:]*$/, { error: must('an absolute path without ":"') }),
  })
  .superRefine(asKubernetesHas('v1/VolumeMount'))
  .superRefine(({ subPath, subPathExpr }, context) => {
    for (const [key, path] of Object.entries({ subPath, subPathExpr })) {
      if (typeof path === 'string' && (path.startsWith('/') || path.split('/').includes('..'))) {
        fault(context, [key], `must be a path inside of the volume, without "..", got ${JSON.stringify(path)}`)
      }
    }
    if (subPath !== undefined && subPathExpr !== undefined)
      fault(context, [], 'has subPath and subPathExpr; remove one')
  })

const anyContainer = z
  .looseObject({ name: labelName('a container'), image: imageReference })
  .superRefine(asKubernetesHas('v1/Container'))
  .superRefine(({ ports, resources, ...given }, context) => {
    for (const [at, port] of Array.isArray(ports) ? ports.entries() : []) {
      if (isGroup(port)) ofPort(port, ['ports', at], context)
    }
    if (isGroup(resources)) ofResources(resources, context)
    for (const key of PROBES) if (isGroup(given[key])) ofProbe(key, given[key], context)
  })

/** Beside a part's own. */
export const container = anyContainer.superRefine(({ restartPolicy }, context) => {
  if (restartPolicy !== undefined) fault(context, ['restartPolicy'], 'is for initContainers alone; remove it')
})

/** Before a part's own; it stays only where its restartPolicy says so. */
export const initContainer = anyContainer.superRefine(({ restartPolicy, ...given }, context) => {
  if (restartPolicy === 'Always') return
  if (restartPolicy !== undefined) {
    fault(context, ['restartPolicy'], `must be Always, or left out, got ${JSON.stringify(restartPolicy)}`)
  }
  for (const key of PROBES.filter((each) => each in given)) {
    fault(context, [key], 'means something only with restartPolicy: Always; add that, or remove it')
  }
})

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe']
const ACTIONS = ['exec', 'httpGet', 'tcpSocket', 'grpc']

function ofProbe(key: string, probe: Group, context: Context): void {
  const actions = Object.keys(probe).filter((each) => ACTIONS.includes(each))
  if (actions.length === 1) return
  fault(context, [key], `must have one of ${ACTIONS.join(', ')}, and has ${actions.join(' and ') || 'none'}`)
}

function ofPort(port: Group, path: Path, context: Context): void {
  for (const key of ['containerPort', 'hostPort']) {
    const number = port[key]
    if (typeof number === 'number' && (number < 1 || number > 65535)) {
      fault(context, [...path, key], `must be from 1 to 65535, got ${number}`)
    }
  }
  const { name } = port
  if (typeof name === 'string' && !/^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) {
    const what = 'up to 15 lower-case letters, digits and "-" between them'
    fault(context, [...path, 'name'], `must be ${what}, got ${JSON.stringify(name)}`)
  }
}

function ofResources({ requests, limits }: Group, context: Context): void {
  if (!isGroup(requests) || !isGroup(limits)) return
  for (const [name, asked] of Object.entries(requests)) {
    const most = String(limits[name])
    if (amountOf(asked) > amountOf(most)) {
      const message = `is ${String(asked)}, more than its limit, ${most}; lower it, or raise the limit`
      fault(context, ['resources', 'requests', name], message)
    }
  }
}
