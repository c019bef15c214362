import { join } from 'node:path'

interface Where {
  readonly home: string
  readonly platform: NodeJS.Platform
  /** Where programs keep settings, where that is not `.config` in the home. */
  readonly userConfigFolder?: string
  /** `$CLAUDE_CONFIG_DIR` */
  readonly claudeFolder?: string
  /** `$CODEX_HOME` */
  readonly codexFolder?: string
}

/**
 * The file in which a client keeps the settings of its user, by the client's id.
 * @throws Error where the id is none of a client
 */
export function settingsFile(id: string, where: Where): string {
  const { home, platform, userConfigFolder, claudeFolder = home, codexFolder = join(home, '.codex') } = where
  const config = userConfigFolder ?? join(home, '.config')
  const applications =
    platform === 'darwin'
      ? join(home, 'Library', 'Application Support')
      : platform === 'win32'
        ? join(home, 'AppData', 'Roaming')
        : config
  const files: Readonly<Record<string, string>> = {
    'claude-code': join(claudeFolder, '.claude.json'),
    'claude-desktop': join(applications, 'Claude', 'claude_desktop_config.json'),
    cursor: join(home, '.cursor', 'mcp.json'),
    vscode: join(applications, 'Code', 'User', 'mcp.json'),
    codex: join(codexFolder, 'config.toml'),
    gemini: join(home, '.gemini', 'settings.json'),
    windsurf: join(home, '.codeium', 'windsurf', 'mcp_config.json'),
    zed: platform === 'win32' ? join(applications, 'Zed', 'settings.json') : join(config, 'zed', 'settings.json'),
    junie: join(home, '.junie', 'mcp', 'mcp.json'),
  }
  const file = files[id]
  if (file === undefined) throw new Error(`${id} is no client`)
  return file
}
