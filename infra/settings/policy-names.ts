import type { Group } from './config.ts'

/** What the policies of this project are called. */
export const POLICY_NAMES = [
  'probes',
  'limits',
  'image-tag',
  'image-digest',
  'non-root',
  'unprivileged',
  'no-api-token',
  'host-namespaces',
  'host-path',
  'load-balancer-sources',
  'public-port',
  'plain-secret',
  'secret-as-file',
  'secret-in-environment',
  'labels',
  'marked-secret',
] as const

export type PolicyName = (typeof POLICY_NAMES)[number]

/** The policies that settings accept to be broken, which nothing has checked yet. */
export const acceptedIn = ({ acceptedPolicies }: Group): readonly PolicyName[] =>
  Array.isArray(acceptedPolicies) ? acceptedPolicies : []
