import type { Subject } from './policy.ts'

export const isDockerContainer = ({ type }: Subject) => type === 'docker:index/container:Container'

/** Whether a container runs at all; one that only carries files into a volume does not. */
export const isStarted = (subject: Subject) => isDockerContainer(subject) && subject.inputs.start !== false
