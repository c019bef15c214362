import type { Properties } from '../policy/policy.ts'
import { listed, under } from '../policy/properties.ts'
import { nearest } from '../settings/nearest.ts'
import { type Check, checked, isGiven, oneOf, type Problem, pathInside, userId, when, within } from './checks.ts'

const CAPABILITIES =
  'ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM'.split(
    ' ',
  )

const capability: Check = (value) => {
  if (CAPABILITIES.includes(String(value).replace(/^CAP_/, ''))) return undefined
  const near = nearest(String(value), CAPABILITIES)
  const those = near === undefined ? 'such as NET_BIND_SERVICE' : `did you mean ${near}?`
  return `must be a capability, got ${JSON.stringify(value)}; ${those}`
}

/** Returns what an API server would reject in the security context of a container, beyond the schema. */
export function securityProblems(context: Properties): Problem[] {
  const { privileged, allowPrivilegeEscalation, runAsNonRoot, runAsUser } = context
  const capabilities = under(context, 'capabilities')
  const added = listed(capabilities, 'add')
  const isAdmin = added.some((each) => /^(CAP_)?SYS_ADMIN$/.test(String(each)))
  const more = privileged === true ? 'privileged: true' : isAdmin ? 'SYS_ADMIN in capabilities.add' : undefined
  return [
    ...checked(context, { runAsUser: userId, runAsGroup: userId, procMount: oneOf('Default', 'Unmasked') }),
    ...when(
      runAsNonRoot === true && runAsUser === 0,
      ['runAsUser'],
      'is 0, but runAsNonRoot is true; choose another user or remove runAsNonRoot',
    ),
    ...when(
      more !== undefined && allowPrivilegeEscalation === false,
      ['allowPrivilegeEscalation'],
      `is false, which cannot be combined with ${more}; remove one of them`,
    ),
    ...['add', 'drop'].flatMap((way) =>
      listed(capabilities, way).flatMap((each, at) =>
        within(['capabilities', way], checked({ [at]: each }, { [at]: capability })),
      ),
    ),
    ...profileProblems(context),
  ]
}

/** Checks the profiles of seccomp and AppArmor in the security context of a pod or a container. */
export function profileProblems(context: Properties): Problem[] {
  return ['seccompProfile', 'appArmorProfile'].flatMap((key) => {
    const { type, localhostProfile } = under(context, key)
    const isLocal = type === 'Localhost'
    const path = [key, 'localhostProfile']
    return [
      ...when(isLocal && !isGiven(localhostProfile), path, 'is missing, which type Localhost requires'),
      ...when(!isLocal && isGiven(localhostProfile), path, 'requires type Localhost; change that or remove it'),
      // Of seccomp it is a file in the kubelet's folder, of AppArmor the name of a loaded profile.
      ...(key === 'seccompProfile' && isLocal
        ? checked({ localhostProfile }, { localhostProfile: pathInside })
        : []
      ).map(({ says }) => ({ path, says: says.replace('the volume', 'the kubelet’s folder seccomp') })),
    ]
  })
}
