/**
 * The backups that go, of those there are, oldest first: all but the newest `keep`, and the one that is known to
 * restore.
 */
export const expendable = (names: readonly string[], keep: number, tested?: string) =>
  names.slice(0, Math.max(0, names.length - keep)).filter((name) => name !== tested)
