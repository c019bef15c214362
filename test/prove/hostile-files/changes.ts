import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type HostileFolder, type Place, shell, write } from './hostile-folder.ts'

/** Changes of a file or folder between the walk and the reading. */
const OUTCOMES: readonly (readonly [what: string, outcome: string, meanwhile: (place: Place) => void])[] = [
  ['grows', 'indexed', ({ root }) => write(root, 'folder/a.py', `${'x'.repeat(1023)}\n`.repeat(2048))],
  ['shrinks', 'indexed', ({ root }) => truncateSync(join(root, 'folder/a.py'), 0)],
  ['vanishes', 'vanished', ({ root }) => rmSync(join(root, 'folder/a.py'))],
  ['vanishes with its folder', 'vanished', ({ root }) => rmSync(join(root, 'folder'), { recursive: true })],
  ['moves with its folder', 'vanished', ({ root }) => renameSync(join(root, 'folder'), join(root, 'moved'))],
  ['becomes a folder', 'special_file', (place) => replaced(place, 'folder/a.py', (path) => mkdirSync(path))],
  [
    'becomes a link',
    'symlink',
    (place) => replaced(place, 'folder/a.py', (path) => symlinkSync('../../outside/secret.py', path)),
  ],
  [
    'becomes a pipe',
    'special_file',
    (place) => replaced(place, 'folder/a.py', (path) => shell(dirname(path), 'mkfifo a.py')),
  ],
  [
    'becomes a link with its folder',
    'symlink',
    (place) => replaced(place, 'folder', (path) => symlinkSync('../outside', path)),
  ],
  [
    'becomes a link with the root',
    'symlink',
    (place) => replaced(place, '', (path) => symlinkSync('outside/like-the-root', path)),
  ],
  [
    'has its folder become a file',
    'vanished',
    (place) => replaced(place, 'folder', (path) => writeFileSync(path, 'x')),
  ],
  [
    'is replaced by one with another name for it',
    'indexed',
    (place) => replaced(place, 'folder/a.py', (path) => linkSync(join(place.root, 'kept.py'), path)),
  ],
]

function replaced({ root }: Place, path: string, make: (path: string) => void): void {
  rmSync(join(root, path), { recursive: true })
  make(join(root, path))
}

export const CHANGES: readonly HostileFolder[] = OUTCOMES.map(([what, outcome, meanwhile]) => ({
  about: `a file that ${what} while it is indexed`,
  make: ({ root }) => write(root, 'folder/a.py'),
  meanwhile,
  outcomes: { 'folder/a.py': outcome },
}))
