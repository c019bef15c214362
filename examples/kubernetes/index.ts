import { CodebaseMcp } from 'codebase-mcp/kubernetes'

const search = new CodebaseMcp('search', {
  image: { reference: 'registry.example.com/codebase-mcp:0.1.0' },
  repositories: ['https://github.com/pulumi/examples.git#master'],
  kubernetes: { namespace: 'code-search' },
})

export const { url, namespace, service, clients, token } = search
