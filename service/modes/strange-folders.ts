import { realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { parse, relative, sep } from 'node:path'
import { Fault } from '../errors.ts'
import { isGitUrl } from '../git-url.ts'
import { homeFolder } from '../home-folder.ts'
import type { Terminal } from './terminal.ts'

const OF_THE_SYSTEM: Readonly<Record<string, readonly string[]>> = {
  posix: ['/bin', '/boot', '/dev', '/etc', '/lib', '/lib64', '/proc', '/run', '/sbin', '/sys', '/usr', '/var'],
  darwin: ['/Applications', '/Library', '/System', '/Volumes', '/private'],
  win32: ['C:\\Windows', 'C:\\Program Files', 'C:\\Program Files (x86)', 'C:\\ProgramData'],
}

/**
 * Asks for confirmation of folders that people rarely mean to index, such as `/` and the home folder.
 * @throws Fault `request_invalid` if the answer is no, or if there is nobody to ask
 */
export async function confirmStrange(
  folders: readonly string[],
  terminal: Pick<Terminal, 'ask'>,
  home = homeFolder(),
): Promise<void> {
  for (const folder of folders) {
    const what = isGitUrl(folder) ? undefined : strangeness(await realpath(folder).catch(() => folder), home)
    if (what === undefined) continue
    const isMeant = await terminal.ask?.(`${JSON.stringify(folder)} is ${what}. Index all of it?`)
    if (isMeant === true) continue
    const remedy = 'Give the folder of a project, or pass --yes to index all of this one'
    throw new Fault(
      'request_invalid',
      `${JSON.stringify(folder)} is ${what}, so it is not indexed without confirmation`,
      remedy,
    )
  }
}

/** Describes a folder that is not a project's. */
function strangeness(folder: string, home: string): string | undefined {
  if (folder === parse(folder).root) return 'the root of the file system'
  if (folder === home) return 'your home folder'
  if (isInside(home, folder)) return 'above your home folder'
  if (folder === tmpdir()) return 'the folder for temporary files'
  const system = process.platform === 'win32' ? OF_THE_SYSTEM.win32 : OF_THE_SYSTEM.posix
  const own = process.platform === 'darwin' ? OF_THE_SYSTEM.darwin : []
  return [...(system ?? []), ...(own ?? [])].includes(folder) ? 'a system folder' : undefined
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !parse(way).root
}
