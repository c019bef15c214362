import { counted, el, number } from './elements.js'

/**
 * @typedef {object} Job
 * @property {string} job_id
 * @property {string} repository
 * @property {'index' | 'embed'} kind
 * @property {'queued' | 'running' | 'succeeded' | 'partial' | 'failed' | 'cancelled'} state
 * @property {string} [phase]
 * @property {number} progress
 * @property {number} [files_total]
 * @property {number} [files_done]
 * @property {number} [files_unchanged]
 * @property {number} [chunks_to_embed]
 * @property {number} [chunks_embedded]
 * @property {{ path: string, reason: string }[]} failures
 * @property {{ message: string, remedy: string }} [fault]
 * @property {string} created_at
 * @property {string} [started_at]
 * @property {string} [finished_at]
 */

/** @param {Job} job */
export const isOpen = ({ state }) => state === 'queued' || state === 'running'

/** @param {Job} job */
export const bar = ({ repository, progress }) =>
  el('progress', { value: progress, max: 1, 'aria-label': `Progress of ${repository}` })

/** What a job does in each phase, in the same words as in the terminal. @type {Record<string, string>} */
const PHASES = {
  fetching: 'fetching the repository',
  walking: 'looking for files',
  analysing: 'reading files',
  publishing: 'publishing',
  embedding: 'embedding',
}

/** Describes the progress of a job. @param {Job} job */
export function progressOf(job) {
  const {
    kind,
    state,
    phase,
    files_done: done = 0,
    files_total: files,
    files_unchanged: same = 0,
    chunks_embedded: embedded = 0,
    chunks_to_embed: chunks,
  } = job
  if (state === 'queued') return 'waits for its turn'
  const doing = state === 'running' ? `${PHASES[phase ?? ''] ?? 'running'}: ` : ''
  if (kind === 'embed')
    return chunks === undefined || chunks === 0
      ? `${doing}all by meaning`
      : `${doing}${number(embedded)} of ${counted(chunks, 'chunk')}`
  if (files === undefined) return `${doing}${counted(done, 'file')}`
  const unchanged = same > 0 ? `, ${number(same)} unchanged` : ''
  return `${doing}${isOpen(job) ? `${number(done)} of ` : ''}${counted(files, 'file')}${unchanged}`
}
