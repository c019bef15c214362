/** Returns a list that a test goes through, item by item: an empty one would show nothing. */
export function notEmpty<Item>(items: readonly Item[]): readonly Item[] {
  if (items.length === 0) throw new Error('There is nothing to look at')
  return items
}
