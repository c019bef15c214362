import type { Values } from '../schema.ts'

/** How many servers and workers there are, and what their number follows. */
export function ofReplicas({ server, worker }: Values): string[] {
  const most = worker.maxReplicas ?? worker.replicas
  const isFixed = most !== undefined && most === (worker.replicas ?? most)
  const queue =
    worker.scaleOn === 'queue' && isFixed
      ? [
          `worker.scaleOn is queue, and there are always ${most} workers; set worker.maxReplicas to more, or remove worker.scaleOn`,
        ]
      : []
  const unasked =
    worker.prometheus !== undefined && worker.scaleOn !== 'queue'
      ? [
          'worker.prometheus is set, and worker.scaleOn is cpu, for which nobody asks it; set worker.scaleOn to queue, or remove worker.prometheus',
        ]
      : []
  return [...queue, ...unasked, ...outOfOrder({ server, worker })]
}

function outOfOrder({ server, worker }: Pick<Values, 'server' | 'worker'>): string[] {
  return Object.entries({ server, worker }).flatMap(([key, { replicas, maxReplicas }]) =>
    replicas === undefined || maxReplicas === undefined || replicas <= maxReplicas
      ? []
      : [
          `${key}.replicas, ${replicas}, is more than ${key}.maxReplicas, ${maxReplicas}; lower one, or raise the other`,
        ],
  )
}
