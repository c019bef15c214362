import { ensureModel, type PullProgress } from '../embedding/pull.ts'
import { MIB } from '../units.ts'
import type { Setup } from './setup.ts'

/** Pulls the model into Ollama unless it is there, and shows the progress. */
export async function pullModel({ config, terminal }: Pick<Setup, 'config' | 'terminal'>): Promise<number> {
  const { url, model, insecureRegistry } = config.embedding
  if (url === undefined) {
    terminal.print('Ollama is switched off (OLLAMA_BASE_URL is off), so no model is needed')
    return 0
  }
  const show = terminal.replaceLine ?? terminal.note
  const outcome = await ensureModel(
    { url, model, insecureRegistry },
    { onProgress: (progress) => show(`${model}: ${lineOf(progress)}`) },
  )
  terminal.print(`${model}: ${outcome === 'present' ? 'is already there' : 'pulled'}`)
  return 0
}

function lineOf({ status, completed, total }: PullProgress): string {
  if (total === undefined || total === 0) return status
  return `${status}, ${Math.floor((100 * (completed ?? 0)) / total)} % of ${(total / MIB).toFixed(1)} MiB`
}
