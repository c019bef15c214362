/** Which folder may import which: everything else is an error. */
const arrows = {
  'service/units': [],
  'service/errors': [],
  'service/deadline': ['errors', 'units'],
  'service/baseline-code': [],
  'service/client-shapes': [],
  'service/lexical': [],
  'service/vectors': [],
  'service/git-url': ['errors'],
  'service/git-credentials': ['errors', 'git-url'],
  'service/threads': ['errors'],
  'service/access': ['errors', 'units'],
  'service/shown-secrets': ['errors', 'access'],
  'service/bucket-settings': [],
  'service/environment': ['errors', 'units', 'git-url', 'git-credentials', 'shown-secrets', 'access'],
  'service/database-settings': ['environment'],
  'service/config': [
    'environment',
    'database-settings',
    'errors',
    'units',
    'git-credentials',
    'shown-secrets',
    'access',
    'bucket-settings',
  ],
  'service/log': ['config', 'errors', 'units'],
  'service/embedding': ['errors', 'units', 'config', 'log', 'lexical'],
  'service/store': [
    'errors',
    'deadline',
    'baseline-code',
    'access',
    'units',
    'database-settings',
    'config',
    'log',
    'lexical',
    'vectors',
  ],
  'service/search': [
    'errors',
    'deadline',
    'baseline-code',
    'access',
    'units',
    'log',
    'lexical',
    'vectors',
    'threads',
    'embedding',
    'store',
  ],
  'service/indexing': [
    'errors',
    'deadline',
    'baseline-code',
    'access',
    'units',
    'log',
    'git-url',
    'shown-secrets',
    'lexical',
    'vectors',
    'threads',
    'embedding',
    'store',
  ],
  'service/background': ['errors', 'config', 'log', 'units', 'git-url', 'indexing', 'threads', 'embedding', 'store'],
  'service/backups': ['errors', 'access', 'units', 'config', 'bucket-settings', 'log', 'search', 'store'],
  'service/tools': ['errors', 'deadline', 'access', 'units', 'log', 'search', 'indexing'],
  'service/http': [
    'client-shapes',
    'errors',
    'deadline',
    'access',
    'units',
    'config',
    'log',
    'tools',
    'search',
    'indexing',
    'embedding',
    'store',
  ],
  'service/open': [
    'errors',
    'units',
    'database-settings',
    'config',
    'log',
    'git-url',
    'search',
    'background',
    'indexing',
    'embedding',
    'store',
  ],
}

const room = (name) =>
  [
    'database-settings',
    'units',
    'errors',
    'deadline',
    'git-url',
    'git-credentials',
    'shown-secrets',
    'bucket-settings',
    'environment',
    'config',
    'log',
    'open',
    'baseline-code',
    'client-shapes',
  ].includes(name)
    ? `^service/${name}\\.ts$`
    : `^service/${name}/`

const folderRules = Object.entries(arrows).map(([from, to]) => {
  const own = room(from.slice('service/'.length))
  return {
    name: `${from.replace('/', '-')}-may-import`,
    severity: 'error',
    from: { path: own },
    to: { path: '^service/', pathNot: [own, ...to.map(room)] },
  }
})

/** What points the wrong way within infra/. */
const INFRA = [
  ['the-program-does-not-know-its-commands', '^infra/(?!cli(/|\\.ts$))', '^infra/cli(/|\\.ts$)'],
  ['targets-do-not-know-each-other-docker', '^infra/cli/docker/', '^infra/cli/kubernetes/'],
  ['targets-do-not-know-each-other-kubernetes', '^infra/cli/kubernetes/', '^infra/cli/docker/'],
  [
    'commands-know-targets-by-their-interface',
    '^infra/cli/(commands|report|pulumi)/',
    '^infra/cli/(docker|kubernetes)/',
  ],
  [
    'only-the-tools-choose-a-target',
    '^infra/cli/(?!docker/|kubernetes/|tools\\.ts$)',
    '^infra/cli/(docker|kubernetes)/',
  ],
  ['nothing-points-back-to-commands', '^infra/cli/(docker|kubernetes|report|pulumi)/', '^infra/cli/(commands|program)'],
  [
    'reports-and-pulumi-know-no-target-or-program',
    '^infra/cli/(report|pulumi)/',
    '^infra/cli/(program|tools|operation)\\.ts$',
  ],
]

export default {
  forbidden: [
    ...folderRules,
    { name: 'halves-meet-only-in-the-image', severity: 'error', from: { path: '^service/' }, to: { path: '^infra/' } },
    {
      name: 'infra-imports-of-the-service-only-what-its-variables-have-to-be',
      severity: 'error',
      from: { path: '^infra/', pathNot: '^infra/(settings/service-variables|client-settings)\\.ts$' },
      to: { path: '^service/' },
    },
    {
      name: 'the-check-of-variables-imports-nothing-else-of-the-service',
      severity: 'error',
      from: { path: '^infra/settings/service-variables\\.ts$' },
      to: { path: '^service/', pathNot: '^service/environment\\.ts$' },
    },
    {
      name: 'what-agents-are-told-imports-nothing-else-of-the-service',
      severity: 'error',
      from: { path: '^infra/client-settings\\.ts$' },
      to: { path: '^service/', pathNot: '^service/client-shapes\\.ts$' },
    },
    {
      name: 'code-does-not-import-tests',
      severity: 'error',
      from: { path: '^(service|infra)/' },
      to: { path: '^test/' },
    },
    {
      name: 'docker-and-kubernetes-do-not-know-each-other',
      severity: 'error',
      from: { path: '^infra/docker/' },
      to: { path: '^infra/kubernetes/' },
    },
    {
      name: 'kubernetes-and-docker-do-not-know-each-other',
      severity: 'error',
      from: { path: '^infra/kubernetes/' },
      to: { path: '^infra/docker/' },
    },
    ...INFRA.map(([name, from, to]) => ({ name, severity: 'error', from: { path: from }, to: { path: to } })),
    {
      name: 'sql-drivers-only-in-the-store',
      severity: 'error',
      from: { path: '^service/', pathNot: '^service/store/' },
      to: { path: 'node_modules/(pg|@electric-sql)/' },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    // The highlighter is made of a package when it is asked for.
    {
      name: 'not-resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^\\./highlighter\\.js$' },
    },
    {
      name: 'no-dev-dependencies-in-the-program',
      severity: 'error',
      from: { path: '^(service|infra)/', pathNot: '^service/bundle\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'], pathNot: '@types' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    // The policy pack's own package.json names no dependencies.
    combinedDependencies: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mts', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
