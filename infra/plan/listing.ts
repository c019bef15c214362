import { type Container, podOf } from '../policy/pods.ts'
import { type Properties, UNKNOWN, type Violation } from '../policy/policy.ts'
import { inWords, isObject, listed, listedObjects, under } from '../policy/properties.ts'
import { replicasOf } from './demand.ts'
import { kindOf, nameOf, namesByKind } from './kinds.ts'
import type { Plan, Planned } from './plan.ts'
import { counted, table, wrapped } from './table.ts'

/** Lists the resources by kind and name, with the facts that a reviewer needs first. */
export function showResources({ resources }: Plan): string {
  const rows = resources.map((resource) => [kindOf(resource), nameOf(resource), factsOf(resource).join(' · ')])
  return table(rows, '  ').join('\n')
}

function factsOf(resource: Planned): string[] {
  const { inputs, options } = resource
  const facts = [...ofPod(resource), ...ofKind(resource), ...ofDocker(inputs)]
  return [...facts, ...(options.protect === true ? ['protected'] : [])]
}

function ofPod(resource: Planned): string[] {
  const pod = podOf(resource)
  if (pod === undefined) return []
  const { replicas, schedule } = under(resource.inputs, 'spec')
  return [
    ...(replicas === undefined ? [] : [counted(Number(replicas), 'replica')]),
    ...(schedule === undefined ? [] : [inWords(schedule)]),
    ...pod.containers.map(ofContainer),
  ]
}

function ofContainer({ spec }: Container): string {
  const { cpu, memory } = under(spec, 'resources', 'requests')
  const asked = [cpu, memory].filter((each) => each !== undefined).map(inWords)
  return [imageInWords(spec.image), ...(asked.length === 0 ? [] : [`(${asked.join(', ')})`])].join(' ')
}

// The reference of the image is known only after the build.
const imageInWords = (image: unknown) => (image === UNKNOWN ? 'the image that `up` builds' : inWords(image))

const OF_KIND: Readonly<Record<string, (inputs: Properties) => string[]>> = {
  Service: ({ spec }) =>
    isObject(spec)
      ? [
          inWords(spec.type ?? 'ClusterIP'),
          ...listedObjects({ spec: spec.ports }, 'spec').map(({ port }) => `port ${inWords(port)}`),
        ]
      : [],
  PersistentVolumeClaim: (inputs) => [inWords(under(inputs, 'spec', 'resources', 'requests').storage)],
  HorizontalPodAutoscaler: (inputs) => replicaBounds(inputs),
  ScaledObject: (inputs) => replicaBounds(inputs),
  Secret: (inputs) => keysOf(inputs, 'data', 'stringData'),
  ConfigMap: (inputs) => keysOf(inputs, 'data', 'binaryData'),
  Image: ({ tags, platforms, push }) =>
    push === true ? [inWords(tags), `for ${inWords(platforms)}`, 'built and pushed by `up`'] : [],
  'Provider of kubernetes': ({ context }) => (context === undefined ? [] : [`context ${inWords(context)}`]),
}

function replicaBounds(inputs: Properties): string[] {
  const { minReplicas = 1, maxReplicas } = replicasOf({ inputs })
  return [`${inWords(minReplicas)} to ${inWords(maxReplicas)} replicas`]
}

const ofKind = (resource: Planned) => OF_KIND[kindOf(resource)]?.(resource.inputs) ?? []

const keysOf = (inputs: Properties, ...groups: readonly string[]) => {
  const keys = groups.flatMap((group) => Object.keys(under(inputs, group)))
  return keys.length === 0 ? [] : [keys.toSorted().join(', ')]
}

function ofDocker(inputs: Properties): string[] {
  const ports = listed(inputs, 'ports').filter(isObject)
  return [
    ...(typeof inputs.image === 'string' ? [imageInWords(inputs.image)] : []),
    ...ports.map(({ ip, external }) => `${inWords(ip ?? '0.0.0.0')}:${inWords(external)}`),
  ]
}

/**
 * Returns the notes of the plan, and the violations with their remedies.
 * @param isShown selects the advisory violations to list; mandatory violations are always listed
 */
export function showRemarks(plan: Plan, isShown: (violation: Violation) => boolean = () => true): string {
  const shown = plan.violations.filter((violation) => violation.level === 'mandatory' || isShown(violation))
  return [...plan.notes, ...showViolations(shown, plan)].join('\n')
}

function showViolations(violations: readonly Violation[], { resources }: Plan): string[] {
  const names = new Map(resources.map((resource) => [`${resource.type} ${resource.name}`, nameOf(resource)]))
  const subjectOf = ({ type, resource }: Violation) => ({
    kind: kindOf({ type }),
    name: names.get(`${type} ${resource}`) ?? resource,
  })
  const row = (violation: Violation) => {
    const { kind, name } = subjectOf(violation)
    return [kind, name, `${violation.at} ${violation.says}`]
  }
  // Advisory violations are grouped by their text, which is often the same for several resources, such as an image.
  const folded = (broken: readonly Violation[]) =>
    [...Map.groupBy(broken, ({ says }) => says)].flatMap(([says, alike]) => [
      `    ${says}`,
      ...wrapped(namesByKind(alike.map(subjectOf)), '        '),
    ])
  return [...Map.groupBy(violations, ({ policy }) => policy)].flatMap(([policy, broken]) => {
    const isMandatory = broken[0]?.level === 'mandatory'
    return [
      `${isMandatory ? 'broken' : 'advice'}: ${policy}. ${broken[0]?.remedy}.`,
      ...(isMandatory ? table(broken.map(row), '    ') : folded(broken)),
    ]
  })
}
