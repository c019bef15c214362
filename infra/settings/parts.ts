/** Parts whose pods can be configured separately on a cluster. */
export const PARTS = ['server', 'worker', 'postgres', 'ollama', 'backup', 'jobs'] as const

export type PartName = (typeof PARTS)[number]

/** Returns the part that configures the pods of a component. */
export const partOf = (component: string): PartName =>
  component === 'restore-test' ? 'backup' : (PARTS.find((part) => part === component) ?? 'jobs')
