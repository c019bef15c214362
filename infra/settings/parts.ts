/** What has pods on a cluster that can be placed and filled by themselves. */
export const PARTS = ['server', 'worker', 'postgres', 'ollama', 'backup', 'jobs'] as const

export type PartName = (typeof PARTS)[number]
