import { createHash } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import type { AnalysedBatch, AnalysedFile, Analyser, Batch, SkipReason } from '../../../service/indexing/analysis.ts'
import type { Found, WalkLimits } from '../../../service/indexing/files/walker.ts'
import type { WantedPaths } from '../../../service/indexing/files/wanted-paths.ts'
import type { IndexParts } from '../../../service/indexing/runs/run.ts'
import type { Tree } from '../../../service/indexing/tree.ts'
import { createSegmentBuilder } from '../../../service/lexical/segment-builder.ts'

interface MemoryFile {
  readonly text: string
  readonly stamp: string
}

/** Files by path, with a walk over them and an analyser. Every write changes the stamp of its file. */
export class FolderInMemory {
  readonly files = new Map<string, MemoryFile>()
  readonly skippedByWalk = new Map<string, SkipReason>()
  readonly skippedByAnalysis = new Map<string, SkipReason>()
  /** Paths that walks have visited. */
  readonly looked: string[] = []
  /** Analysed paths, in order. */
  readonly analysed: string[] = []
  commit: string | undefined = 'c0ffee'
  #writes = 0

  write(path: string, text: string): void {
    this.files.set(path, { text, stamp: `stamp ${++this.#writes}` })
  }

  touch(path: string): void {
    this.write(path, this.text(path))
  }

  text(path: string): string {
    return this.files.get(path)?.text ?? ''
  }

  /** Returns the texts that an index of the folder must show. */
  texts(): Record<string, string> {
    const shown = [...this.files].filter(([path]) => !this.skippedByAnalysis.has(path))
    return Object.fromEntries(shown.map(([path, { text }]) => [path, text]))
  }

  get parts(): Pick<IndexParts, 'openTree' | 'analyser'> {
    return { openTree: async () => this.#tree, analyser: this.analyser }
  }

  readonly #tree: Tree = {
    root: '',
    walk: (limits) => this.#walk(limits),
    load: async (files) => files,
    commit: () => this.commit,
    close: async () => {},
  }

  async *#walk({ only }: WalkLimits): AsyncGenerator<Found> {
    for (const [path, skipped] of this.skippedByWalk) if (isWanted(path, only)) yield { path, skipped }
    for (const [path, { text, stamp }] of this.files) {
      if (!isWanted(path, only)) continue
      this.looked.push(path)
      yield { path, bytes: text.length, stamp }
    }
  }

  readonly analyser: Pick<Analyser, 'analyse'> = {
    analyse: async (batch, signal) => {
      signal?.throwIfAborted()
      return this.#analyse(batch)
    },
  }

  #analyse(batch: Batch): AnalysedBatch {
    const builder = createSegmentBuilder()
    const files = batch.files.map(({ path, stamp, knownHash }): AnalysedFile => {
      const reason = this.skippedByAnalysis.get(path)
      if (reason !== undefined) return { outcome: 'skipped', path, reason }
      const text = this.text(path)
      const hash = sha256(text)
      if (knownHash !== undefined && hash.equals(knownHash)) return { outcome: 'unchanged', path, stamp }
      this.analysed.push(path)
      const lines = text.split('\n')
      const numbers = lines.map((line) => builder.add({ path, language: 'text', definitions: [], text: line }))
      builder.addText(text, numbers[0] as number)
      return {
        outcome: 'analysed',
        path,
        stamp,
        hash,
        language: 'text',
        bytes: text.length,
        lines: lines.length,
        zstd: zstdCompressSync(text),
        firstDocument: numbers[0] as number,
        chunks: lines.map((line, at) => ({
          startLine: at + 1,
          endLine: at + 1,
          kind: 'lines',
          definitions: [],
          hash: sha256(line),
        })),
      }
    })
    const built = files.some(({ outcome }) => outcome === 'analysed')
    return { files, ...(built ? { segment: builder.build() } : {}) }
  }
}

function isWanted(path: string, only: WantedPaths | undefined): boolean {
  let inside = only
  for (const part of path.split('/')) {
    if (inside === undefined) return true
    if (!inside.has(part)) return false
    inside = inside.get(part)
  }
  return inside === undefined
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
