import { readSettings } from '../../infra/settings/settings.ts'

export type Group = Readonly<Record<string, unknown>>

const IMAGE = { image: { reference: 'registry.example.com/codebase-mcp:1.0.0' } }

/** Reads settings by dotted key (`server.env`), on top of a valid stack. */
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
