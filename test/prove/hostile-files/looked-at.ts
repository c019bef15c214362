import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import type { Analyser } from '../../../service/indexing/analysis.ts'
import { folderTree } from '../../../service/indexing/files/folder-tree.ts'
import { NOBODY } from '../../service/indexing/walked.ts'
import { CANARY, type HostileFolder, MAX_FILE_BYTES } from './hostile-folder.ts'

export interface LookedAt {
  /** Outcome of each path: `indexed`, or the reason why it is left out. */
  readonly outcomes: Readonly<Record<string, string>>
  /** Whether anything outside the root was read, obeyed or reported. */
  readonly leaked: boolean
  /** Whether a command ran. */
  readonly ran: boolean
}

const OUTSIDE_COMMIT = 'f'.repeat(40)

/** Creates a hostile folder, walks and reads it like an index run, and removes it. */
export async function lookedAt(folder: HostileFolder, analyser: Pick<Analyser, 'analyse'>): Promise<LookedAt> {
  const base = mkdtempSync(join(realpathSync(tmpdir()), 'hostile-'))
  const mark = join(base, 'ran')
  const closers: (() => void)[] = []
  const place = {
    root: join(base, 'root'),
    outside: join(base, 'outside'),
    command: `touch ${mark}`,
    after: (close: () => void) => void closers.push(close),
  }
  try {
    makeOutside(place.outside)
    mkdirSync(place.root)
    writeFileSync(join(place.root, 'kept.py'), 'def kept():\n    pass\n')
    folder.make(place)
    const seen = await goOver(place.root, analyser, () => folder.meanwhile?.(place))
    return { ...seen, ran: existsSync(mark) }
  } finally {
    for (const close of closers) close()
    // Node cannot remove paths that are longer than the system accepts.
    execFileSync('rm', ['-rf', base])
  }
}

function makeOutside(outside: string): void {
  for (const folder of ['.git/info', '.git/refs/heads', 'like-the-root/folder']) {
    mkdirSync(join(outside, folder), { recursive: true })
  }
  const secret = `def ${CANARY}():\n    pass\n`
  const files = {
    'secret.py': secret,
    'a.py': secret,
    rules: `first.py\n[${CANARY}\n`,
    'like-the-root/kept.py': secret,
    'like-the-root/folder/a.py': secret,
    '.git/HEAD': 'ref: refs/heads/main\n',
    '.git/refs/heads/main': `${OUTSIDE_COMMIT}\n`,
    '.git/packed-refs': `${OUTSIDE_COMMIT} refs/heads/main\n`,
    '.git/info/exclude': `first.py\n[${CANARY}\n`,
  }
  for (const [path, text] of Object.entries(files)) writeFileSync(join(outside, path), text)
}

async function goOver(
  root: string,
  analyser: Pick<Analyser, 'analyse'>,
  meanwhile: () => void,
): Promise<Omit<LookedAt, 'ran'>> {
  const outcomes = new Map<string, string>()
  const told: string[] = []
  const tree = folderTree(root, NOBODY)
  const candidates = []
  for await (const found of tree.walk({ maxFileBytes: MAX_FILE_BYTES }, new AbortController().signal)) {
    if ('stamp' in found) candidates.push(found)
    else {
      told.push(`${found.path} ${found.detail}`)
      if (found.skipped !== 'ignore_rule') outcomes.set(found.path, found.skipped)
    }
  }
  meanwhile()
  const { files } = await analyser.analyse({ root, maxFileBytes: MAX_FILE_BYTES, files: candidates })
  for (const file of files) {
    outcomes.set(file.path, file.outcome === 'skipped' ? file.reason : 'indexed')
    told.push(JSON.stringify(file))
    if (file.outcome === 'analysed') told.push(zstdDecompressSync(file.zstd).toString())
  }
  const leaked = told.some((text) => text.includes(CANARY)) || tree.commit() === OUTSIDE_COMMIT
  return { outcomes: Object.fromEntries(outcomes), leaked }
}
