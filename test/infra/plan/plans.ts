import type { Plan, Planned } from '../../../infra/plan/plan.ts'

type Own = Partial<Omit<Planned, 'type' | 'name' | 'inputs'>>

export function resource(type: string, name: string, inputs: Planned['inputs'] = {}, own: Own = {}): Planned {
  return { type, name, inputs, id: `codebase:Stack$${type}::${name}`, formerIds: [], options: {}, ...own }
}

export const planWith = (...resources: Planned[]): Plan => ({
  format: 1,
  stack: 'prod',
  resources,
  outputs: {},
  violations: [],
  notes: [],
})

const DEPLOYMENT = 'kubernetes:apps/v1:Deployment'

export const deployment = (spec: Planned['inputs'], own?: Own) =>
  resource(DEPLOYMENT, 'server-pods', { metadata: { name: 'server' }, spec }, own)
