import { copyButton, el, problem } from './elements.js'
import { server } from './server.js'
import { setup } from './setup.js'

const FOR_AGENTS = `## Finding code
The MCP server "codebase" searches this code by meaning and by words. Prefer it to grep and to reading whole folders:
- search_code: a question in words, or a pasted error, when you do not know the exact text
- find_symbol: where a name is defined, and with references where it is used
- grep_code: every line that has an exact text
- read_file: around a result; with outline first if a file is long
`

/** @type {import('./main.js').View} */
export const connectView = {
  title: () => 'Connect',
  async show(main, _address, signal) {
    main.replaceChildren(el('h1', {}, 'Connect an agent'))
    const { clients, needs_token: needsToken } = await setup().catch((error) => {
      main.append(problem(error))
      return { clients: [], needs_token: false }
    })
    if (signal.aborted) return
    main.append(
      el('p', {}, 'The server speaks MCP over Streamable HTTP at'),
      block(`${server()}/mcp`, 'Address'),
      needsToken
        ? el(
            'p',
            { class: 'caveat' },
            'This server requires a token: replace YOUR_TOKEN with yours. The operator of the server issues tokens.',
          )
        : '',
      el('h2', {}, 'Settings'),
      ...clients.map(({ client, where, settings }, at) =>
        el(
          'details',
          { class: 'card client', name: 'client', open: at === 0 },
          el('summary', {}, client),
          el('p', { class: 'quiet' }, where),
          block(settings.replaceAll('{origin}', server()), `Settings of ${client}`),
        ),
      ),
      el('h2', {}, 'What to tell the agent'),
      el(
        'p',
        {},
        'Agents find the tools by themselves. A few lines in AGENTS.md or CLAUDE.md make them reach for these first:',
      ),
      block(FOR_AGENTS, 'Lines for AGENTS.md'),
    )
  },
}

/** @param {string} text @param {string} label */
const block = (text, label) =>
  el(
    'div',
    { class: 'copied' },
    el('pre', { class: 'plain', tabindex: '0', role: 'region', 'aria-label': label }, text),
    copyButton('Copy', () => text),
  )
