import type { EmbedderCheck } from '../embedding/embedder.ts'
import type { ClientSettings } from '../http/client-settings.ts'
import type { Terminal } from './terminal.ts'

/** Tells a person at the terminal where the server is and how agents are connected to it. */
export function printGuide(
  terminal: Terminal,
  { url, settings }: { url: string; settings: readonly ClientSettings[] },
): void {
  terminal.print(`Codebase MCP is at ${url} (MCP: ${url}/mcp). Connect an agent:`)
  for (const { client, where, settings: text } of settings) {
    terminal.print(`\n${client}, ${where}:`)
    for (const line of text.split('\n')) terminal.print(`  ${line}`)
  }
  terminal.print('')
}

/** Says why an Ollama that could be used is not. */
export function printEmbedderState(terminal: Terminal, embedder: EmbedderCheck): void {
  if (embedder.state === 'ready' || embedder.state === 'off') return
  terminal.print(`Search by meaning uses the model in the package alone. ${embedder.reason}`)
}
