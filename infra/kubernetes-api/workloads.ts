import type { Properties } from '../policy/policy.ts'
import { listed, listedObjects, under } from '../policy/properties.ts'
import { selector } from '../settings/pod-kinds.ts'
import { isTimeZone, longestInterval } from '../settings/schedule.ts'
import {
  asSetting,
  type Check,
  checked,
  dnsLabel,
  from,
  isGiven,
  isUnknown,
  LARGEST,
  matching,
  oneOf,
  type Problem,
  share,
  when,
  within,
} from './checks.ts'
import { claimProblems } from './volumes.ts'

const count = from(0, LARGEST)

const OF_WORKLOAD: Readonly<Record<string, Check>> = {
  replicas: count,
  minReadySeconds: count,
  revisionHistoryLimit: count,
  progressDeadlineSeconds: from(1, LARGEST),
  podManagementPolicy: oneOf('OrderedReady', 'Parallel'),
  'strategy.type': oneOf('RollingUpdate', 'Recreate'),
  'strategy.rollingUpdate.maxSurge': share(),
  'strategy.rollingUpdate.maxUnavailable': share(100),
  'updateStrategy.rollingUpdate.maxSurge': share(100),
  'updateStrategy.rollingUpdate.maxUnavailable': share(100),
  'updateStrategy.rollingUpdate.partition': count,
  serviceName: dnsLabel,
  'persistentVolumeClaimRetentionPolicy.whenDeleted': oneOf('Retain', 'Delete'),
  'persistentVolumeClaimRetentionPolicy.whenScaled': oneOf('Retain', 'Delete'),
}

const UPDATES = oneOf('RollingUpdate', 'OnDelete')

/** Whether neither pods beside the old ones nor fewer of them are allowed. */
const isStill = (rolled: Properties) =>
  [rolled.maxSurge, rolled.maxUnavailable].every((each) => /^0%?$/.test(String(each)))

/** Whether there are both pods beside the old ones and fewer of them. */
const isBothWays = ({ maxSurge = 0, maxUnavailable = 1 }: Properties) =>
  [maxSurge, maxUnavailable].every((each) => !/^0%?$/.test(String(each)))

/** Returns what an API server would reject in a Deployment, StatefulSet or DaemonSet. */
export function workloadProblems(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  const labels = under(spec, 'template', 'metadata', 'labels')
  const wanted = under(spec, 'selector')
  const strangers = Object.entries(under(wanted, 'matchLabels')).filter(([key, value]) =>
    typeof labels[key] === 'string' && typeof value === 'string' && !isUnknown(labels[key])
      ? labels[key] !== value
      : !(key in labels),
  )
  const isEmpty =
    Object.keys(under(wanted, 'matchLabels')).length + listed(wanted, 'matchExpressions').length === 0 &&
    isGiven(spec.selector)
  const { minReadySeconds = 0, progressDeadlineSeconds = 600 } = spec
  const strategies = ['strategy', 'updateStrategy'].map((key) => [key, under(spec, key)] as const)
  return within(
    ['spec'],
    [
      ...checked(spec, { ...OF_WORKLOAD, ...(object.kind === 'Deployment' ? {} : { 'updateStrategy.type': UPDATES }) }),
      ...asSetting(selector, spec.selector, ['selector']),
      ...when(isEmpty, ['selector'], 'must select the pods by a label'),
      ...strangers.flatMap(([key]) =>
        when(true, ['selector', 'matchLabels', key], 'is not a label of the pods in template'),
      ),
      ...when(
        object.kind === 'Deployment' && Number(minReadySeconds) >= Number(progressDeadlineSeconds),
        ['progressDeadlineSeconds'],
        `is ${Number(progressDeadlineSeconds)}, which must be more than minReadySeconds, ${Number(minReadySeconds)}`,
      ),
      ...strategies.flatMap(([key, { type, rollingUpdate }]) =>
        when(
          isGiven(rollingUpdate) && isGiven(type) && type !== 'RollingUpdate',
          [key],
          `has type ${String(type)} and rollingUpdate; set rollingUpdate to null to remove it`,
        ),
      ),
      ...strategies.flatMap(([key, strategy]) =>
        when(
          isStill(under(strategy, 'rollingUpdate')),
          [key, 'rollingUpdate'],
          'has maxSurge and maxUnavailable 0; raise one of them',
        ),
      ),
      ...when(
        object.kind === 'DaemonSet' && isBothWays(under(spec, 'updateStrategy', 'rollingUpdate')),
        ['updateStrategy', 'rollingUpdate'],
        'has maxSurge and maxUnavailable; a DaemonSet requires one of them to be 0',
      ),
      ...listedObjects(spec, 'volumeClaimTemplates').flatMap((claim, at) =>
        within(['volumeClaimTemplates', at, 'spec'], claimProblems(under(claim, 'spec'))),
      ),
    ],
  )
}

const OF_JOB: Readonly<Record<string, Check>> = {
  parallelism: count,
  completions: count,
  backoffLimit: count,
  backoffLimitPerIndex: count,
  maxFailedIndexes: count,
  activeDeadlineSeconds: from(1, LARGEST),
  ttlSecondsAfterFinished: count,
}

/** @param isPart whether the Job is made from a CronJob, which sets its selector */
function ofJob(spec: Properties, isPart: boolean): Problem[] {
  const { completionMode = 'NonIndexed', completions, backoffLimitPerIndex, podReplacementPolicy } = spec
  const { restartPolicy } = under(spec, 'template', 'spec')
  const isIndexed = completionMode === 'Indexed'
  const hasPolicy = isGiven(spec.podFailurePolicy)
  return [
    ...checked(spec, OF_JOB),
    ...when(isIndexed && !isGiven(completions), ['completions'], 'is missing, which completionMode Indexed requires'),
    ...when(
      !isIndexed && isGiven(backoffLimitPerIndex),
      ['backoffLimitPerIndex'],
      'requires completionMode: Indexed; add that or remove it',
    ),
    ...when(
      !isIndexed && isGiven(spec.successPolicy),
      ['successPolicy'],
      'requires completionMode: Indexed; add that or remove it',
    ),
    ...listedObjects(under(spec, 'podFailurePolicy'), 'rules').flatMap(({ onExitCodes }, at) => {
      const { operator, values } = under({ onExitCodes }, 'onExitCodes')
      const path = ['podFailurePolicy', 'rules', at, 'onExitCodes', 'values']
      const isSuccess = operator === 'In' && Array.isArray(values) && values.includes(0)
      return when(isSuccess, path, 'has 0, which is no failure; remove it')
    }),
    ...when(
      hasPolicy && restartPolicy === 'OnFailure',
      ['podFailurePolicy'],
      'requires restartPolicy: Never in the pod; change that or remove it',
    ),
    ...when(
      hasPolicy && isGiven(podReplacementPolicy) && podReplacementPolicy !== 'Failed',
      ['podReplacementPolicy'],
      'must be Failed, because there is a podFailurePolicy',
    ),
    ...checked(spec, { podReplacementPolicy: oneOf('Failed', 'TerminatingOrFailed') }),
    ...when(
      (isPart || spec.manualSelector !== true) && isGiven(spec.selector),
      ['selector'],
      'is set by the cluster; remove it',
    ),
  ]
}

export const jobProblems = (object: Properties): Problem[] => within(['spec'], ofJob(under(object, 'spec'), false))

const cron = matching((value) => longestInterval(value) !== undefined, 'a cron schedule')
const timeZone = matching(isTimeZone, 'a time zone such as Europe/Berlin')

export function cronJobProblems(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  return within(
    ['spec'],
    [
      ...checked(spec, {
        schedule: cron,
        timeZone,
        startingDeadlineSeconds: count,
        successfulJobsHistoryLimit: count,
        failedJobsHistoryLimit: count,
      }),
      ...within(['jobTemplate', 'spec'], ofJob(under(spec, 'jobTemplate', 'spec'), true)),
    ],
  )
}

export function budgetProblems(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  const isBoth = isGiven(spec.maxUnavailable) && isGiven(spec.minAvailable)
  return within(
    ['spec'],
    [
      ...when(isBoth, [], 'has minAvailable and maxUnavailable; remove one of them'),
      ...checked(spec, { minAvailable: share(100), maxUnavailable: share(100) }),
      ...asSetting(selector, spec.selector, ['selector']),
    ],
  )
}
