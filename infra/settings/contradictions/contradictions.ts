import type { Values } from '../schema.ts'
import { ofMemory } from './arithmetic.ts'
import { onDocker } from './docker.ts'
import type { Given } from './given.ts'
import { onKubernetes } from './kubernetes.ts'
import { ofLengths } from './lengths.ts'
import { ofParameters } from './parameters.ts'
import { ofPlaces } from './places.ts'
import { ofDatabase, ofOllama } from './replaced-parts.ts'
import { ofTarget } from './target.ts'
import { ofVariables } from './variables.ts'

/** Returns the faults of settings that are valid by themselves but conflict, with remedies. */
export function contradictions(values: Values, given: Given): string[] {
  const own = values.target === 'docker' ? onDocker(values, given) : onKubernetes(values, given)
  return [
    ...ofTarget(values, given),
    ...own,
    ...ofDatabase(values, given),
    ...ofOllama(values, given),
    ...ofMemory(values),
    ...ofParameters(values),
    ...ofPlaces(values),
    ...ofVariables(values),
    ...ofLengths(values),
  ]
}
