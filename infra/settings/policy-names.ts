import type { Group } from './config.ts'

/** Names of the policies. */
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

/** Returns the policies that the stack may violate. The settings need not be validated. */
export const acceptedIn = ({ acceptedPolicies }: Group): readonly PolicyName[] =>
  Array.isArray(acceptedPolicies) ? acceptedPolicies : []
