import { randomUUID } from 'node:crypto'
import {
  access,
  constants,
  copyFile,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type Client, SERVER_NAME } from '../../client-shapes.ts'
import { Fault } from '../../errors.ts'
import { makeFolder } from '../../make-folder.ts'
import { BrokenSettings, readValue, withValue } from './json-settings.ts'
import { readTable, withTable } from './toml-settings.ts'

interface Where {
  readonly home: string
  readonly platform: NodeJS.Platform
  /** Folder of programs' settings, if it is not `.config` in the home folder. */
  readonly configHome?: string
  /** `$CLAUDE_CONFIG_DIR` */
  readonly claudeFolder?: string
  /** `$CODEX_HOME` */
  readonly codexFolder?: string
}

/**
 * Returns the file with a client's user settings, by the client's id.
 * @throws Error if the id is unknown
 */
export function settingsFile(id: string, where: Where): string {
  const { home, platform, configHome, claudeFolder = home, codexFolder = join(home, '.codex') } = where
  const config = configHome ?? join(home, '.config')
  const applications =
    platform === 'darwin'
      ? join(home, 'Library', 'Application Support')
      : platform === 'win32'
        ? join(home, 'AppData', 'Roaming')
        : config
  const files: Readonly<Record<string, string>> = {
    'claude-code': join(claudeFolder, '.claude.json'),
    'claude-desktop': join(applications, 'Claude', 'claude_desktop_config.json'),
    cursor: join(home, '.cursor', 'mcp.json'),
    vscode: join(applications, 'Code', 'User', 'mcp.json'),
    codex: join(codexFolder, 'config.toml'),
    gemini: join(home, '.gemini', 'settings.json'),
    windsurf: join(home, '.codeium', 'windsurf', 'mcp_config.json'),
    zed: platform === 'win32' ? join(applications, 'Zed', 'settings.json') : join(config, 'zed', 'settings.json'),
    junie: join(home, '.junie', 'mcp', 'mcp.json'),
  }
  const file = files[id]
  if (file === undefined) throw new Error(`${id} is not a client`)
  return file
}

type Entry = Readonly<Record<string, unknown>>

/** Result of writing a settings file. */
export interface Written {
  readonly changed: boolean
  /** Copy of the file as it was before the entry, if there was one. */
  readonly copy?: string
  /** Whether the file is again as it was before the entry, or gone as it was. */
  readonly restored?: 'file' | 'nothing'
}

const OF_COPIES = '.before-codebase-mcp'

/** Returns the server's entry in a client's settings. @throws Fault `configuration_invalid` */
export async function entryIn(file: string, client: Client): Promise<unknown> {
  return understood(file, (text) => lookedUp(text, client), await textOf(file))
}

/**
 * Adds the entry to a client's settings or removes it, and leaves everything else unchanged. If nothing else has changed
 * since it was added, removing it brings the former file back.
 * @throws Fault `configuration_invalid` if the file is broken, which stays unchanged, or cannot be written
 */
export async function writeEntry(file: string, client: Client, entry: Entry | undefined): Promise<Written> {
  const path = await followed(file)
  const before = await textOf(path)
  const there = understood(path, (text) => lookedUp(text, client), before)
  if (isDeepStrictEqual(plain(there), plain(entry))) return { changed: false }
  const after = understood(path, (text) => edited(text, client, entry), before)
  try {
    if (before !== undefined) await access(path, constants.W_OK)
    const former = there === undefined ? 'unknown' : await formerOf(path, before, client, there as Entry)
    if (entry !== undefined) return { changed: true, ...(await replace(path, before, after, former)) }
    if (former === 'unknown' || former === 'changed')
      return { changed: true, ...(await replace(path, before, after, 'unknown')) }
    if (former === 'copied') await rename(`${path}${OF_COPIES}`, path)
    else await rm(path)
    return { changed: true, restored: former === 'copied' ? 'file' : 'nothing' }
  } catch (error) {
    if (error instanceof Fault) throw error
    const why = (error as NodeJS.ErrnoException).code
    const message = `${JSON.stringify(path)} cannot be written (${why})`
    const remedy = 'Give this user permission to write it, or edit it by hand: --print shows the entry'
    throw new Fault('configuration_invalid', message, remedy, { cause: error })
  }
}

/** Returns the file itself if a link leads to it. @throws Fault `configuration_invalid` if it leads nowhere */
async function followed(file: string): Promise<string> {
  const path = await realpath(file).catch(() => undefined)
  const to = path === undefined ? await readlink(file).catch(() => undefined) : undefined
  if (to === undefined) return path ?? file
  const message = `${JSON.stringify(file)} is a link to ${JSON.stringify(to)}, which is not there`
  throw new Fault('configuration_invalid', message, 'Create that file, or remove the link')
}

/**
 * How a file was before an entry was added: as its copy is, which others may have `changed` since, or `absent`. `unknown`
 * if there is no copy.
 */
type Former = 'copied' | 'changed' | 'absent' | 'unknown'

async function formerOf(path: string, now: string | undefined, client: Client, entry: Entry): Promise<Former> {
  const copy = await textOf(`${path}${OF_COPIES}`)
  if (copy === undefined) return now === edited('', client, entry) ? 'absent' : 'unknown'
  if (!holdsNone(copy, client)) return 'unknown'
  return now === edited(copy, client, entry) ? 'copied' : 'changed'
}

function holdsNone(text: string, client: Client): boolean {
  try {
    return lookedUp(text, client) === undefined
  } catch {
    return false
  }
}

async function replace(
  path: string,
  before: string | undefined,
  after: string,
  former: Former,
): Promise<Pick<Written, 'copy'>> {
  makeFolder(dirname(path))
  const copy = `${path}${OF_COPIES}`
  if (before !== undefined && former === 'unknown') {
    // A copy of a file that nobody may write could not be replaced.
    await rm(copy, { force: true })
    await copyFile(path, copy)
  }
  const mode = before === undefined ? 0o600 : (await stat(path)).mode & 0o777
  // Replace the file atomically: the client may be reading it, and another command may be writing it.
  const unfinished = `${path}.${randomUUID()}.tmp`
  await writeFile(unfinished, after, { mode })
  await rename(unfinished, path)
  return before === undefined || former === 'absent' ? {} : { copy }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code === 'EISDIR')
      throw new Fault('configuration_invalid', `${JSON.stringify(file)} is a folder, and not a file`, 'Rename it', {
        cause: error,
      })
    const message = `${JSON.stringify(file)} cannot be read (${code})`
    throw new Fault('configuration_invalid', message, 'Give this user permission to read it', { cause: error })
  }
}

function understood<Result>(file: string, work: (text: string) => Result, text = ''): Result {
  try {
    return work(text)
  } catch (error) {
    if (!(error instanceof BrokenSettings)) throw error
    throw new Fault(
      'configuration_invalid',
      `The settings in ${JSON.stringify(file)} cannot be parsed (${error.message}), so they were left unchanged`,
      'Correct that file, or add what --print shows by hand',
      { cause: error },
    )
  }
}

const lookedUp = (text: string, { format, key }: Client) =>
  format === 'toml' ? readTable(text, [key, SERVER_NAME]) : readValue(text, [key, SERVER_NAME])

const edited = (text: string, { format, key }: Client, entry: Entry | undefined) =>
  format === 'toml' ? withTable(text, [key, SERVER_NAME], entry) : withValue(text, [key, SERVER_NAME], entry)

/** Returns a value without what the parser adds. */
const plain = (value: unknown) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)))
