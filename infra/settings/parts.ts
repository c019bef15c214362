/** Parts whose pods can be configured separately on a cluster. */
export const PARTS = ['server', 'worker', 'postgres', 'ollama', 'backup', 'jobs'] as const

export type PartName = (typeof PARTS)[number]
