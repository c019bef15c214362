import { isDockerContainer } from './docker.ts'
import { kindOf, podOf } from './pods.ts'
import type { Policy, Problem, Properties, Subject } from './policy.ts'
import { inWords, isOtherThan, listedObjects, under } from './properties.ts'

export const hostNamespaces: Policy = {
  name: 'host-namespaces',
  level: 'mandatory',
  description: "No container shares the machine's network, process or IPC namespace.",
  remedy: 'Remove hostNetwork, hostPID and hostIPC; on Docker remove the mode `host`',
  check: (subject) => [...hostOnKubernetes(subject), ...hostOnDocker(subject)],
}

function hostOnKubernetes(subject: Subject): Problem[] {
  const pod = podOf(subject)
  if (pod === undefined) return []
  return ['hostNetwork', 'hostPID', 'hostIPC']
    .filter((key) => pod.spec[key] === true)
    .map((key) => ({ at: `${pod.at}.${key}`, says: 'is true' }))
}

const MODES = ['networkMode', 'pidMode', 'ipcMode', 'usernsMode', 'cgroupnsMode']

function hostOnDocker(subject: Subject): Problem[] {
  if (!isDockerContainer(subject)) return []
  return MODES.filter((mode) => subject.inputs[mode] === 'host').map((at) => ({ at, says: 'is host' }))
}

export const hostPath: Policy = {
  name: 'host-path',
  level: 'mandatory',
  description: "No container mounts the machine's own files or the socket of its engine.",
  remedy: 'Use a PersistentVolumeClaim; on Docker use a volume, or mount a folder of your own read-only',
  check: (subject) => [...hostPathOfPod(subject), ...hostPathOfVolume(subject), ...hostPathOnDocker(subject)],
}

function hostPathOfPod(subject: Subject): Problem[] {
  const pod = podOf(subject)
  if (pod === undefined) return []
  return listedObjects(pod.spec, 'volumes')
    .filter((volume) => volume.hostPath !== undefined)
    .map((volume) => ({ at: `${pod.at}.volumes[${inWords(volume.name)}].hostPath`, says: pathOf(volume) }))
}

const pathOf = (volume: Properties) => `is ${inWords(under(volume, 'hostPath').path)} on the host`

function hostPathOfVolume(subject: Subject): Problem[] {
  const spec = under(subject.inputs, 'spec')
  if (kindOf(subject) !== 'PersistentVolume') return []
  return ['hostPath', 'local']
    .filter((key) => spec[key] !== undefined)
    .map((key) => ({ at: `spec.${key}`, says: `is ${inWords(under(spec, key).path)} on the host` }))
}

/** System folders of the machine, and the socket of the engine. */
const OF_THE_MACHINE =
  /^\/($|(boot|dev|etc|proc|root|run|sys|usr|var\/run|var\/lib\/(docker|kubelet|containerd))(\/|$))|docker\.sock$/

function hostPathOnDocker(subject: Subject): Problem[] {
  if (!isDockerContainer(subject)) return []
  return bindsOf(subject.inputs).flatMap(({ at, source, readOnly }) => {
    if (OF_THE_MACHINE.test(inWords(source))) return [{ at, says: `is ${inWords(source)} on the host` }]
    return isOtherThan(readOnly, true) ? [{ at, says: `mounts ${inWords(source)} writable` }] : []
  })
}

const bindsOf = (inputs: Properties) => [
  ...listedObjects(inputs, 'mounts')
    .filter(({ type }) => type === 'bind')
    .map(({ source, target, readOnly }) => ({ at: `mounts[${inWords(target)}]`, source, readOnly })),
  ...listedObjects(inputs, 'volumes')
    .filter((volume) => volume.hostPath !== undefined)
    .map((volume) => ({
      at: `volumes[${inWords(volume.containerPath)}]`,
      source: volume.hostPath,
      readOnly: volume.readOnly,
    })),
]
