import type { Values } from '../schema.ts'
import { LOADS, replicasOf, sizeFor } from '../sizes.ts'

/** Checks the numbers of servers and workers, and what scales them. */
export function ofReplicas({ size, server, worker }: Values): string[] {
  const { replicas, maxReplicas } = replicasOf(worker, sizeFor(LOADS[size]).worker)
  const queue =
    worker.scaleOn === 'queue' && replicas === maxReplicas
      ? [
          `worker.scaleOn is queue, but the number of workers is always ${replicas}; raise worker.maxReplicas or remove worker.scaleOn`,
        ]
      : []
  const unasked =
    worker.prometheus !== undefined && worker.scaleOn !== 'queue'
      ? [
          'worker.prometheus is set, but worker.scaleOn is cpu, which does not use it; set worker.scaleOn to queue or remove worker.prometheus',
        ]
      : []
  return [...queue, ...unasked, ...outOfOrder({ server, worker })]
}

function outOfOrder({ server, worker }: Pick<Values, 'server' | 'worker'>): string[] {
  return Object.entries({ server, worker }).flatMap(([key, { replicas, maxReplicas }]) =>
    replicas === undefined || maxReplicas === undefined || replicas <= maxReplicas
      ? []
      : [`${key}.replicas, ${replicas}, is more than ${key}.maxReplicas, ${maxReplicas}; lower one or raise the other`],
  )
}
