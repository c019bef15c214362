interface Outputs {
  readonly url?: string
  readonly clients?: { readonly claudeCode?: string; readonly stdio?: string; readonly http?: unknown }
}

/** What to do next, out of a stack's outputs. */
export function summary({ url, clients }: Outputs): string {
  if (url === undefined || clients === undefined) return 'Done.'
  return [
    '',
    `Codebase MCP: ${url}`,
    '',
    'Claude Code:',
    `  ${clients.claudeCode}`,
    'Clients that are configured with JSON:',
    `  ${JSON.stringify(clients.http)}`,
    'Over stdio:',
    `  ${clients.stdio}`,
  ].join('\n')
}
