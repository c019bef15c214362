import { type Variant, VERSIONS } from './cases.ts'
import type { Cluster } from './cluster.ts'
import { isAllowedBy, OTHERS, PORTS } from './connections.ts'
import { type Manifest, podsOf } from './pods.ts'

const GUARDED = 'an instance of cnpg'

/** Returns the manifests that a cluster would refuse, and the connections that its policies wrongly allow or deny. */
export async function refusals(file: string, manifests: readonly Manifest[], variant: Variant, cluster: Cluster) {
  const pods = podsOf(manifests)
  const names = { ...pods, ...OTHERS }
  const guarded = [...Object.keys(pods), GUARDED]
  const asked = Object.entries(names).flatMap(([from, one]) =>
    Object.entries(names)
      .filter(([to]) => guarded.includes(from) || guarded.includes(to))
      .flatMap(([to, other]) =>
        PORTS.flatMap((port) =>
          (port === 53 ? (['TCP', 'UDP'] as const) : (['TCP'] as const)).map((protocol) => ({
            says: `${from} → ${to}:${port}/${protocol}`,
            isMeant: variant.connections === undefined || isAllowedBy(variant.connections, from, to, port),
            connection: { from: one, to: other, port, protocol },
          })),
        ),
      ),
  )
  const { allowed, ...rest } = await cluster(file, {
    versions: VERSIONS,
    connections: asked.map(({ connection }) => connection),
  })
  const wrong = asked.flatMap(({ says, isMeant }, index) =>
    isMeant === allowed[index] ? [] : [`${says} is ${isMeant ? 'refused' : 'let through'}`],
  )
  return { ...rest, wrong, asked: asked.length, meant: asked.filter(({ isMeant }) => isMeant).length }
}
