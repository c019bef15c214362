import { homedir } from 'node:os'
import { join } from 'node:path'

interface Where {
  readonly home: string
  readonly platform: NodeJS.Platform
  /** Where programs keep settings, where that is not `.config` in the home. */
  readonly userConfigFolder?: string
}

/** The file in which a client keeps the settings of its user, by the client's id. */
export function settingsFile(id: string, userConfigFolder?: string): string {
  const where = {
    home: homedir(),
    platform: process.platform,
    ...(userConfigFolder !== undefined && { userConfigFolder }),
  }
  return fileOn(id, where)
}

/** The same on any system. @throws Error where the id is none of a client */
export function fileOn(id: string, { home, platform, userConfigFolder }: Where): string {
  const config = userConfigFolder ?? join(home, '.config')
  const applications =
    platform === 'darwin'
      ? join(home, 'Library', 'Application Support')
      : platform === 'win32'
        ? join(home, 'AppData', 'Roaming')
        : config
  const files: Readonly<Record<string, string>> = {
    'claude-code': join(home, '.claude.json'),
    'claude-desktop': join(applications, 'Claude', 'claude_desktop_config.json'),
    cursor: join(home, '.cursor', 'mcp.json'),
    vscode: join(applications, 'Code', 'User', 'mcp.json'),
    codex: join(home, '.codex', 'config.toml'),
    gemini: join(home, '.gemini', 'settings.json'),
    windsurf: join(home, '.codeium', 'windsurf', 'mcp_config.json'),
    zed: platform === 'win32' ? join(applications, 'Zed', 'settings.json') : join(config, 'zed', 'settings.json'),
    junie: join(home, '.junie', 'mcp', 'mcp.json'),
  }
  const file = files[id]
  if (file === undefined) throw new Error(`${id} is no client`)
  return file
}
