import { homedir, userInfo } from 'node:os'

/** Returns the user's home folder. A user without an entry in the system has none, and gets the root folder. */
export function homeFolder(): string {
  try {
    // An empty HOME counts as not set. As a path, it would mean the current folder.
    return homedir() || userInfo().homedir
  } catch {
    return '/'
  }
}
