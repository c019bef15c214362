import { describe, expect, test } from 'vitest'
import { showProgress, summaryOf } from '../../../service/modes/progress.ts'
import { EMBED_JOB, JOB } from '../tools/fake-domain.ts'

function recorder(withBar: boolean) {
  const lines: string[] = []
  const write = (line: string) => void lines.push(line)
  return { lines, terminal: { print: write, note: write, ...(withBar ? { replaceLine: write } : {}) } }
}

describe('progress', () => {
  test('is a bar on a terminal', () => {
    const { lines, terminal } = recorder(true)
    const show = showProgress(terminal, () => JOB.startedAt?.getTime() ?? 0)
    show(JOB)
    show(EMBED_JOB)
    expect(lines).toEqual([
      '██████░░░░░░░░░░░░░░░░░░ shop: reading files, 2 of 8 files',
      '██████░░░░░░░░░░░░░░░░░░ shop: embedding, 10 of 40 chunks',
    ])
  })

  test('keeps its figures where there is no room for a bar', () => {
    const { lines, terminal } = recorder(true)
    const show = showProgress({ ...terminal, columns: () => 40 }, () => 0)
    show(JOB)
    showProgress({ ...terminal, columns: () => 50 }, () => 0)(JOB)
    expect(lines).toEqual(['shop: reading files, 2 of 8 files', '████░░░░░░░░░░░ shop: reading files, 2 of 8 files'])
  })

  test('has the rate since this process looks, however long ago the job began', () => {
    const { lines, terminal } = recorder(true)
    let now = Date.parse('2026-11-25T00:00:00Z')
    const show = showProgress(terminal, () => now)
    const at = (filesDone: number) => show({ ...JOB, progress: { phase: 'analysing', filesDone, filesTotal: 1000 } })
    at(0)
    now += 9000
    at(200)
    now += 2000
    at(400)
    expect(lines.at(-1)).toMatch(/400 of 1,000 files, 100 files a second, 6 s left$/)
  })

  test('is a line once in a while elsewhere', () => {
    const { lines, terminal } = recorder(false)
    let now = 0
    const show = showProgress(terminal, () => now)
    for (now = 0; now <= 10_000; now += 1000) show(JOB)
    expect(lines).toHaveLength(3)
  })

  test('ends with what was done, what was skipped and why', () => {
    const ended = { ...JOB, state: 'partial', finishedAt: new Date('2026-11-20T10:01:03.5Z') } as const
    const progress = { ...JOB.progress, filesUnchanged: 5, chunks: 40 }
    expect(summaryOf({ ...ended, progress })).toEqual([
      'shop: 8 files (5 unchanged), 40 new chunks in 2.5 s',
      '  skipped: 3 ignored, 1 binary',
      '  a/secret.txt: unreadable',
    ])
    const fault = { code: 'nothing_to_index', message: 'No file is text', remedy: 'Give another folder' }
    expect(summaryOf({ ...ended, state: 'failed', fault })).toEqual(['shop: No file is text. Give another folder'])
  })
})
