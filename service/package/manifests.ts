/** Fields of the root package.json that the published packages copy. */
export interface Product {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly dependencies: Readonly<Record<string, string>>
}

/** `owner/name` on GitHub. */
type Repository = string

/** Packages that the program loads at run time instead of from its bundle. */
const NOT_BUNDLED = ['@electric-sql/pglite', '@electric-sql/pglite-pgvector']
/** bin.js checks the same version. */
const NODE = '>=22.19.0'
/** The MCP registry accepts at most 100 characters. */
const DESCRIPTION = 'Finds code in your repositories by meaning, words, names and patterns. On your machine alone.'
const TITLE = 'Codebase MCP'

/** Returns the server's name in the MCP registry, which also reads it from the package and from the image's label. */
export const registryName = (repository: Repository) => `io.github.${repository}`

export function packageManifest(product: Product, repository: Repository) {
  const { name, version, description, license, dependencies } = product
  return {
    name,
    version,
    description,
    license,
    keywords: ['mcp', 'code-search', 'semantic-search', 'ai', 'agents', 'claude', 'cursor'],
    repository: { type: 'git', url: `git+https://github.com/${repository}.git` },
    mcpName: registryName(repository),
    type: 'module',
    bin: { [name]: 'bin.js' },
    files: ['bin.js', 'program', '.env.example'],
    engines: { node: NODE },
    dependencies: Object.fromEntries(NOT_BUNDLED.map((each) => [each, dependencies[each]])),
    publishConfig: { access: 'public', provenance: true },
  }
}

/** Returns the entry for the MCP registry: the npm package, and the image that bridges to a server. */
export function serverJson({ name, version }: Product, repository: Repository) {
  const [image] = [`ghcr.io/${repository.toLowerCase()}:${version}`]
  const folders = {
    type: 'positional',
    valueHint: 'folder',
    description: 'A folder with source code to index',
    format: 'filepath',
    isRepeated: true,
  }
  return {
    $schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
    name: registryName(repository),
    title: TITLE,
    description: DESCRIPTION,
    version,
    repository: { url: `https://github.com/${repository}`, source: 'github' },
    packages: [
      {
        registryType: 'npm',
        identifier: name,
        version,
        runtimeHint: 'npx',
        transport: { type: 'stdio' },
        packageArguments: [{ type: 'positional', value: 'mcp' }, folders],
      },
      {
        registryType: 'oci',
        identifier: image,
        transport: { type: 'stdio' },
        packageArguments: [{ type: 'positional', value: 'mcp' }],
        environmentVariables: [
          { name: 'SERVER_URL', description: 'The address of a running server', isRequired: true, format: 'string' },
          { name: 'SERVER_TOKEN', description: 'The bearer token for it', isSecret: true },
        ],
      },
    ],
  }
}

/** Returns the manifest of an MCP bundle, which applications install with a double click. */
export function bundleManifest({ name, version, license }: Product, repository: Repository) {
  return {
    manifest_version: '0.3',
    name,
    display_name: TITLE,
    version,
    description: DESCRIPTION,
    author: { name: TITLE, url: `https://github.com/${repository}` },
    repository: { type: 'git', url: `https://github.com/${repository}` },
    license,
    keywords: ['code', 'search'],
    server: {
      type: 'node',
      entry_point: 'bin.js',
      // biome-ignore-start lint/suspicious/noTemplateCurlyInString: whoever reads the manifest fills them in
      mcp_config: { command: 'node', args: ['${__dirname}/bin.js', 'mcp', '${user_config.folders}'], env: {} },
      // biome-ignore-end lint/suspicious/noTemplateCurlyInString: whoever reads the manifest fills them in
    },
    user_config: {
      folders: {
        type: 'directory',
        title: 'Folders',
        description: 'Folders with source code, which are indexed on this machine',
        multiple: true,
        required: true,
      },
    },
    tools_generated: true,
    compatibility: { platforms: ['darwin', 'win32', 'linux'], runtimes: { node: NODE } },
  }
}
