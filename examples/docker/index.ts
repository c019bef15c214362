import { CodebaseMcp } from 'codebase-mcp/docker'

const search = new CodebaseMcp('search', {
  name: 'code-search',
  repositories: ['../../service'],
  server: { port: 8100 },
  postgres: { port: 5500 },
})

export const { url, mcpUrl, clients, service, network } = search
