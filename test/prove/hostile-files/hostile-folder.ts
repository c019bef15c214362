import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { MIB } from '../../../service/units.ts'

/** Where a case is made: its root, and folders beside it that hold what must not be seen or run. */
export interface Place {
  readonly root: string
  /** Holds `secret.py`, `.git` with a commit, and other things with CANARY in them. */
  readonly outside: string
  /** A command that leaves a mark where it runs. */
  readonly command: string
  /** Runs when the case is over. */
  readonly after: (close: () => void) => void
}

/** A folder that a stranger has made. */
export interface HostileFolder {
  readonly about: string
  make(place: Place): void
  /** What becomes of paths: `indexed`, or the reason for which they are left out. Beside them is `kept.py`, which is indexed. */
  readonly outcomes?: Readonly<Record<string, string>>
  /** What happens between the walk and the reading. */
  meanwhile?(place: Place): void
  /** Why this machine cannot make it; undefined where it can. */
  readonly needs?: 'no root' | 'root'
}

export const CANARY = 'canary_from_outside'
/** Larger files are left out. */
export const MAX_FILE_BYTES = MIB

export const CODE = 'def function():\n    pass\n'

export const write = (root: string, path: string, content: string | Uint8Array = CODE) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), content)
}
export const link = (root: string, path: string, target: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  symlinkSync(target, join(root, path))
}
export const bytePath = (root: string, name: readonly number[]) =>
  Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name)])
export const shell = (root: string, script: string) =>
  execFileSync('sh', ['-c', script], { cwd: root, stdio: 'ignore' })

/** Step by step, since a path so long cannot be given. */
export function makeDeep(root: string, name: string, levels: number): void {
  const steps = `for (let at = 0; at < ${levels}; at++) { fs.mkdirSync('${name}'); process.chdir('${name}') }`
  execFileSync(process.execPath, ['-e', `${steps} fs.writeFileSync('deep.py', 'x = 1')`], { cwd: root })
}

export function listen({ root, after }: Place, path: string): void {
  const server = createServer().listen(join(root, path))
  after(() => void server.close())
}
