import type { runtime } from '@pulumi/pulumi'

type Monitor = NonNullable<ReturnType<typeof runtime.getMonitor>>

/** Registration request of a resource. */
export type Registration = Parameters<Monitor['registerResource']>[0]

interface Identity {
  readonly id: string
  readonly formerIds: readonly string[]
  /** Types of its ancestors and its own, joined as in a URN. */
  readonly chain: string
  readonly formerChains: readonly string[]
}

const ROOT = ''

/**
 * Returns the identities by which the engine would know each resource, now and through its aliases. Needed because the
 * mocks keep only the last two types of a URN.
 */
export function identities(registered: readonly Registration[]): (request: Registration) => Identity {
  const known = new Map<string, Identity>()
  const byUrn = (urn: string) => known.get(lastTypeAndName(urn))
  const all = new Map<Registration, Identity>()
  for (const request of registered) {
    const parent = byUrn(request.getParent())
    const identity = identityOf(request, parent, (urn) => byUrn(urn)?.chain ?? chainOf(urn))
    all.set(request, identity)
    known.set(`${request.getType()}::${request.getName()}`, identity)
  }
  return (request) => all.get(request) as Identity
}

function identityOf(request: Registration, parent: Identity | undefined, chainAt: (urn: string) => string): Identity {
  const [type, name] = [request.getType(), request.getName()]
  const own = joined(parent?.chain ?? ROOT, type)
  const inherited = (parent?.formerChains ?? []).map((chain) => ({ chain: joined(chain, type), name }))
  const given = request.getAliasesList().map((alias) => {
    if (!alias.hasSpec()) return { chain: chainOf(alias.getUrn()), name: nameOf(alias.getUrn()) }
    const spec = alias.getSpec()
    const under = spec?.getNoparent()
      ? ROOT
      : spec?.getParenturn()
        ? chainAt(spec.getParenturn())
        : (parent?.chain ?? ROOT)
    return { chain: joined(under, spec?.getType() || type), name: spec?.getName() || name }
  })
  const former = [...given, ...inherited].map((one) => ({ ...one, id: `${one.chain}::${one.name}` }))
  const id = `${own}::${name}`
  return {
    id,
    formerIds: [...new Set(former.map((one) => one.id))].filter((each) => each !== id),
    chain: own,
    formerChains: [...new Set(former.map(({ chain }) => chain))].filter((chain) => chain !== own),
  }
}

const joined = (chain: string, type: string) => (chain === ROOT ? type : `${chain}$${type}`)

const partsOf = (urn: string) => urn.split('::').slice(2)
const chainOf = (urn: string) => partsOf(urn)[0] ?? ROOT
const nameOf = (urn: string) => partsOf(urn).slice(1).join('::')
const lastTypeAndName = (urn: string) => `${chainOf(urn).split('$').at(-1)}::${nameOf(urn)}`
