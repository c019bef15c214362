import { readSettings } from '../../infra/settings/settings.ts'

export type Group = Readonly<Record<string, unknown>>

const IMAGE = { image: { reference: 'registry.example.com/codebase-mcp:1.0.0' } }

/** Settings under keys as a person writes them, `server.env`, over a stack that is right. */
export function read(settings: Group, target = 'kubernetes') {
  const groups: Record<string, unknown> = { target, ...(target === 'docker' ? {} : IMAGE) }
  for (const [path, value] of Object.entries(settings)) {
    const [group = '', key, inner] = path.split('.')
    const own = inner === undefined ? value : { [inner]: value }
    groups[group] = key === undefined ? value : { ...(groups[group] as Group), [key]: own }
  }
  const texts = Object.entries(groups).map(([key, value]) => [
    `codebase-mcp:${key}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  return readSettings(Object.fromEntries(texts))
}
