import type { Subject } from './policy.ts'

export const isDockerContainer = ({ type }: Subject) => type === 'docker:index/container:Container'

/** Whether the container is started. A container that only carries files into a volume is not. */
export const isStarted = (subject: Subject) => isDockerContainer(subject) && subject.inputs.start !== false
