import { isDockerContainer } from './docker.ts'
import { type Container, type Pod, podOf } from './pods.ts'
import type { Policy, Problem, Subject } from './policy.ts'
import { inWords, isOtherThan, listed, under } from './properties.ts'

export const nonRoot: Policy = {
  name: 'non-root',
  level: 'mandatory',
  description: 'No container runs as root.',
  remedy: 'Set runAsNonRoot: true, and use no user or group 0',
  check: (subject) => [...rootOnKubernetes(subject), ...rootOnDocker(subject)],
}

const IDS = ['runAsUser', 'runAsGroup', 'fsGroup'] as const

function rootOnKubernetes(subject: Subject): Problem[] {
  const pod = podOf(subject)
  if (pod === undefined) return []
  const own = under(pod.spec, 'securityContext')
  const containers = pod.containers.flatMap(({ at, spec }) => {
    const context = under(spec, 'securityContext')
    const where = `${at}.securityContext`
    return [...rootIds(where, context), ...nonRootMissing(where, context.runAsNonRoot ?? own.runAsNonRoot)]
  })
  return [...rootIds(`${pod.at}.securityContext`, own), ...containers]
}

const rootIds = (at: string, context: Readonly<Record<string, unknown>>): Problem[] => [
  ...IDS.filter((key) => context[key] === 0).map((key) => ({ at: `${at}.${key}`, says: 'is 0, which is root' })),
  ...(listed(context, 'supplementalGroups').includes(0)
    ? [{ at: `${at}.supplementalGroups`, says: 'includes 0, which is root' }]
    : []),
]

const nonRootMissing = (at: string, value: unknown): Problem[] =>
  isOtherThan(value, true) ? [{ at: `${at}.runAsNonRoot`, says: 'is not true, in the container or the pod' }] : []

function rootOnDocker(subject: Subject): Problem[] {
  const user = isDockerContainer(subject) ? subject.inputs.user : undefined
  return typeof user === 'string' && /^(0|root)(:|$)/.test(user) ? [{ at: 'user', says: `is ${user}` }] : []
}

export const unprivileged: Policy = {
  name: 'unprivileged',
  level: 'mandatory',
  description:
    'Containers have no unnecessary privileges, cannot gain any, and cannot write to their root file system.',
  remedy:
    'Set privileged: false, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities.drop: [ALL] and seccompProfile RuntimeDefault; on Docker readOnly, capabilities.drops [ALL] and no-new-privileges',
  check: (subject) => [...privilegesOnKubernetes(subject), ...privilegesOnDocker(subject)],
}

function privilegesOnKubernetes(subject: Subject): Problem[] {
  const pod = podOf(subject)
  return pod === undefined ? [] : pod.containers.flatMap((container) => privilegesOf(container, pod))
}

function privilegesOf({ at, spec }: Container, pod: Pod): Problem[] {
  const context = under(spec, 'securityContext')
  const capabilities = under(context, 'capabilities')
  const [drop, add] = [listed(capabilities, 'drop'), listed(capabilities, 'add')]
  const profile =
    under(context, 'seccompProfile').type ?? under(pod.spec, 'securityContext', 'seccompProfile').type ?? 'none'
  const problems: readonly (readonly [boolean, string, string])[] = [
    [context.privileged === true, 'privileged', 'is true'],
    [isOtherThan(context.allowPrivilegeEscalation, false), 'allowPrivilegeEscalation', 'is not false'],
    [isOtherThan(context.readOnlyRootFilesystem, true), 'readOnlyRootFilesystem', 'is not true'],
    [!drop.includes('ALL'), 'capabilities.drop', 'does not include ALL'],
    [add.some((capability) => capability !== 'NET_BIND_SERVICE'), 'capabilities.add', `has ${add.join(', ')}`],
    [!['RuntimeDefault', 'Localhost'].includes(inWords(profile)), 'seccompProfile', `is ${inWords(profile)}`],
  ]
  return problems
    .filter(([isBroken]) => isBroken)
    .map(([, key, says]) => ({ at: `${at}.securityContext.${key}`, says }))
}

function privilegesOnDocker(subject: Subject): Problem[] {
  const { inputs } = subject
  if (!isDockerContainer(subject) || inputs.start === false) return []
  const capabilities = under(inputs, 'capabilities')
  const problems: readonly (readonly [boolean, string, string])[] = [
    [inputs.privileged === true, 'privileged', 'is true'],
    [isOtherThan(inputs.readOnly, true), 'readOnly', 'is not true'],
    [!listed(capabilities, 'drops').includes('ALL'), 'capabilities.drops', 'does not include ALL'],
    [listed(capabilities, 'adds').length > 0, 'capabilities.adds', `has ${listed(capabilities, 'adds').join(', ')}`],
    [
      !listed(inputs, 'securityOpts').some(isNoNewPrivileges),
      'securityOpts',
      'does not include no-new-privileges:true',
    ],
    [listed(inputs, 'securityOpts').some(isUnconfined), 'securityOpts', 'disables the seccomp profile'],
  ]
  return problems.filter(([isBroken]) => isBroken).map(([, at, says]) => ({ at, says }))
}

const isUnconfined = (option: unknown) => /^seccomp[=:]unconfined$/.test(inWords(option))

const isNoNewPrivileges = (option: unknown) => option === 'no-new-privileges' || option === 'no-new-privileges:true'

export const noApiToken: Policy = {
  name: 'no-api-token',
  level: 'mandatory',
  description: 'Pods have no token for the Kubernetes API, which this product does not use.',
  remedy: 'Set automountServiceAccountToken: false',
  check(subject) {
    const pod = podOf(subject)
    if (pod === undefined || !isOtherThan(pod.spec.automountServiceAccountToken, false)) return []
    return [{ at: `${pod.at}.automountServiceAccountToken`, says: 'is not false' }]
  },
}
