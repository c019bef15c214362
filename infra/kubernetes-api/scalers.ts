import type { Properties } from '../policy/policy.ts'
import { listedObjects, under } from '../policy/properties.ts'
import {
  type Check,
  checked,
  exactlyOne,
  filled,
  from,
  isGiven,
  LARGEST,
  matching,
  oneOf,
  type Problem,
  quantityFrom,
  subdomain,
  when,
  within,
} from './checks.ts'

const METRICS: Readonly<Record<string, string>> = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
}

const TARGETS: Readonly<Record<string, string>> = {
  Utilization: 'averageUtilization',
  Value: 'value',
  AverageValue: 'averageValue',
}

const OF_SCALER: Readonly<Record<string, Check>> = {
  minReplicas: from(1, LARGEST),
  maxReplicas: from(1, LARGEST),
  'scaleTargetRef.name': subdomain,
  'scaleTargetRef.kind': matching((value) => /^[A-Z]\w*$/.test(value), 'a kind such as Deployment'),
  'behavior.scaleUp.policies': filled,
  'behavior.scaleDown.policies': filled,
  'behavior.scaleUp.stabilizationWindowSeconds': from(0, 3600),
  'behavior.scaleDown.stabilizationWindowSeconds': from(0, 3600),
  'behavior.scaleUp.selectPolicy': oneOf('Max', 'Min', 'Disabled'),
  'behavior.scaleDown.selectPolicy': oneOf('Max', 'Min', 'Disabled'),
}

export function scalerProblems(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  const { minReplicas, maxReplicas } = spec
  return within(
    ['spec'],
    [
      ...checked(spec, OF_SCALER),
      ...when(
        Number(minReplicas) > Number(maxReplicas),
        ['minReplicas'],
        `is ${Number(minReplicas)}, which is more than maxReplicas, ${Number(maxReplicas)}`,
      ),
      ...listedObjects(spec, 'metrics').flatMap((metric, at) => within(['metrics', at], ofMetric(metric))),
      ...['scaleUp', 'scaleDown'].flatMap((way) =>
        listedObjects(under(spec, 'behavior', way), 'policies').flatMap((policy, at) =>
          within(
            ['behavior', way, 'policies', at],
            checked(policy, { type: oneOf('Pods', 'Percent'), value: from(1), periodSeconds: from(1, 1800) }),
          ),
        ),
      ),
    ],
  )
}

function ofMetric(metric: Properties): Problem[] {
  const source = METRICS[String(metric.type)]
  if (source === undefined) return checked(metric, { type: oneOf(...Object.keys(METRICS)) })
  if (!(source in metric)) {
    return when(true, [source], `is missing, which type ${String(metric.type)} has`)
  }
  const target = under(metric, source, 'target')
  const amount = TARGETS[String(target.type)]
  const isOther = Object.keys(METRICS).filter((type) => METRICS[type] !== source && METRICS[type] !== undefined)
  return [
    ...isOther.flatMap((type) =>
      when(
        String(METRICS[type]) in metric,
        [String(METRICS[type])],
        `is not for type ${String(metric.type)}; remove it`,
      ),
    ),
    ...within(
      [source, 'target'],
      [
        ...checked(target, {
          type: oneOf(...Object.keys(TARGETS)),
          averageUtilization: from(1),
          averageValue: quantityFrom(Number.MIN_VALUE, 'more than 0'),
          value: quantityFrom(Number.MIN_VALUE, 'more than 0'),
        }),
        ...(amount === undefined
          ? []
          : when(!isGiven(target[amount]), [amount], `is missing, which type ${String(target.type)} has`)),
        ...exactlyOne(target, Object.values(TARGETS)),
      ],
    ),
  ]
}
