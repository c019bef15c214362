type Json = Readonly<Record<string, unknown>>

/** An agent as servers meet it: its settings, and what it sends. */
export interface Agent {
  readonly id: string
  /** Its settings file in the home folder. */
  readonly file: string
  /** The key of the servers in its settings. */
  readonly key: string
  /** The key of the address in an entry. Undefined if the agent can only start a process. */
  readonly url?: string
  readonly initialize: { readonly protocolVersion: string; readonly capabilities: unknown; readonly clientInfo: Json }
  /** What it sends as params where a method needs none. Undefined if it sends none. */
  readonly noParams?: unknown
  /** Its first id. */
  readonly firstId: number | string
  /** Methods that it calls at the start, though the server does not offer them. */
  readonly tries?: readonly string[]
  /** Whether it asks for a stream of the server's messages over HTTP before it calls a tool. */
  readonly opensStream?: true
}

/** The nine agents, in the dialects of their versions of 2025 and 2026. */
export const AGENTS: readonly Agent[] = [
  {
    id: 'claude-code',
    file: '.claude.json',
    key: 'mcpServers',
    url: 'url',
    initialize: {
      protocolVersion: '2025-11-25',
      capabilities: { roots: {}, elicitation: {} },
      clientInfo: { name: 'claude-code', title: 'Claude Code', version: '2.1.3', websiteUrl: 'https://claude.com' },
    },
    firstId: 0,
    tries: ['prompts/list', 'resources/list'],
    opensStream: true,
  },
  {
    id: 'claude-desktop',
    file: '.config/Claude/claude_desktop_config.json',
    key: 'mcpServers',
    initialize: {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'claude-ai', version: '0.1.0' },
    },
    noParams: {},
    firstId: 0,
    tries: ['prompts/list', 'resources/list'],
  },
  {
    id: 'cursor',
    file: '.cursor/mcp.json',
    key: 'mcpServers',
    url: 'url',
    initialize: {
      protocolVersion: '2025-06-18',
      capabilities: { tools: true, prompts: true, resources: true, logging: false, roots: { listChanged: false } },
      clientInfo: { name: 'cursor-vscode', version: '1.0.0' },
    },
    firstId: 0,
    tries: ['resources/templates/list'],
    opensStream: true,
  },
  {
    id: 'vscode',
    file: '.config/Code/User/mcp.json',
    key: 'servers',
    url: 'url',
    initialize: {
      protocolVersion: '2025-11-25',
      capabilities: {
        roots: { listChanged: true },
        sampling: { context: {}, tools: {} },
        elicitation: { form: {}, url: {} },
        tasks: { list: {}, cancel: {}, requests: { sampling: { createMessage: {} } } },
      },
      clientInfo: { name: 'Visual Studio Code', version: '1.107.0' },
    },
    noParams: {},
    firstId: 1,
    tries: ['logging/setLevel'],
    opensStream: true,
  },
  {
    id: 'codex',
    file: '.codex/config.toml',
    key: 'mcp_servers',
    url: 'url',
    initialize: {
      protocolVersion: '2025-06-18',
      capabilities: { experimental: null, roots: null, sampling: null, elicitation: {} },
      clientInfo: { name: 'codex-mcp-client', title: 'Codex', version: '0.63.0' },
    },
    firstId: 0,
    opensStream: true,
  },
  {
    id: 'gemini',
    file: '.gemini/settings.json',
    key: 'mcpServers',
    url: 'httpUrl',
    initialize: {
      protocolVersion: '2025-06-18',
      capabilities: { roots: { listChanged: true } },
      clientInfo: { name: 'gemini-cli-mcp-client', version: '0.0.1' },
    },
    firstId: 0,
    tries: ['prompts/list'],
    opensStream: true,
  },
  {
    id: 'windsurf',
    file: '.codeium/windsurf/mcp_config.json',
    key: 'mcpServers',
    url: 'serverUrl',
    initialize: {
      protocolVersion: '2024-11-05',
      capabilities: {},
      clientInfo: { name: 'windsurf-client', version: '1.0.0' },
    },
    noParams: { cursor: '' },
    firstId: 1,
  },
  {
    id: 'zed',
    file: '.config/zed/settings.json',
    key: 'context_servers',
    url: 'url',
    initialize: {
      protocolVersion: '2025-03-26',
      capabilities: { experimental: null, sampling: null, roots: null },
      clientInfo: { name: 'Zed', version: '0.1.0' },
    },
    noParams: null,
    firstId: 0,
  },
  {
    id: 'junie',
    file: '.junie/mcp/mcp.json',
    key: 'mcpServers',
    url: 'url',
    initialize: {
      protocolVersion: '2024-11-05',
      capabilities: { experimental: {}, sampling: {}, roots: { listChanged: true } },
      clientInfo: { name: 'junie', version: '1.0.0' },
    },
    noParams: { cursor: null, _meta: {} },
    firstId: 'a1f0c9d2-1',
    opensStream: true,
  },
]
