import { defineConfig } from 'vitepress'

const page = (text: string, name: string) => ({ text, link: `/${name}` })

/** The pages of this folder as a site; those of the rest of the repository are named, and lie beside it. */
export default defineConfig({
  title: 'Codebase MCP',
  description: "Your company's code, findable by your AI coding agents, on your own machines",
  cleanUrls: true,
  lastUpdated: false,
  // Tests hold all links and anchors, those that leave this folder too.
  ignoreDeadLinks: [/\.\.\//],
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: [
      {
        text: 'Use it',
        items: [
          page('Tutorial', 'tutorial'),
          page('Instructions for agents', 'agents'),
          page('Tools', 'tools'),
          page('Reference', 'reference'),
          page('Web page', 'web-page'),
          page('Evaluation', 'evaluation'),
          page('Troubleshooting', 'troubleshooting'),
        ],
      },
      {
        text: 'Run it',
        items: [
          page('Docker', 'stack'),
          page('Kubernetes', 'kubernetes'),
          page('Settings', 'settings'),
          page('Sizing', 'sizing'),
          page('Authentication', 'authentication'),
          page('Secrets', 'secrets'),
          page('Monitoring', 'monitoring'),
          page('Backup', 'backup'),
          page('Volumes', 'volumes'),
          page('Upgrading', 'upgrading'),
        ],
      },
      {
        text: 'Understand it',
        items: [
          page('How search works', 'how-search-works'),
          page('Security', 'security'),
          page('Reliability', 'reliability'),
          page('Benchmarks', 'benchmarks'),
          page('Model card', 'model-card'),
          page('Comparison', 'comparison'),
          page('Internals: the service', 'service-internals'),
          page('Internals: the stacks', 'stack-internals'),
        ],
      },
    ],
  },
})
