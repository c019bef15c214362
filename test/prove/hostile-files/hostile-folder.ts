import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { MIB } from '../../../service/units.ts'

/** Folders of a case: its root, and folders beside it that must not be read. */
export interface Place {
  readonly root: string
  /** Holds `secret.py`, `.git` with a commit, and other files that contain CANARY. */
  readonly outside: string
  /** A command that leaves a mark if it runs. */
  readonly command: string
  /** Registers a function that runs after the case. */
  readonly after: (close: () => void) => void
}

/** A folder that a stranger has created. */
export interface HostileFolder {
  readonly about: string
  make(place: Place): void
  /**
   * Expected outcome of each path: `indexed`, or the reason why it is left out. The folder also holds `kept.py`, which
   * is indexed.
   */
  readonly outcomes?: Readonly<Record<string, string>>
  /** Runs between the walk and the reading. */
  meanwhile?(place: Place): void
  /** Who must run the case. Undefined if anybody can. */
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

/** Creates nested folders one by one, because the system does not accept the whole path. */
export function makeDeep(root: string, name: string, levels: number): void {
  const steps = `for (let at = 0; at < ${levels}; at++) { fs.mkdirSync('${name}'); process.chdir('${name}') }`
  execFileSync(process.execPath, ['-e', `${steps} fs.writeFileSync('deep.py', 'x = 1')`], { cwd: root })
}

export function listen({ root, after }: Place, path: string): void {
  const server = createServer().listen(join(root, path))
  after(() => void server.close())
}
