interface Outputs {
  readonly url?: string
  /** There where one was made. */
  readonly token?: unknown
  readonly clients?: { readonly claudeCode?: string; readonly stdio?: string; readonly http?: unknown }
}

/** What to do next, out of a stack's outputs. */
export function summary({ url, token, clients }: Outputs, stack: string): string {
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
    ...(token === undefined
      ? []
      : ['The token:', `  npm run pulumi -- stack output token --show-secrets --stack ${stack}`]),
  ].join('\n')
}
