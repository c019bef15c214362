type Defined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> }

/** Returns an object with the same fields, except those that are undefined. */
export function defined<Value extends object>(value: Value): Partial<Defined<Value>> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Partial<Defined<Value>>
}

/** Returns an object with the same fields, except the named ones. */
export function without<Value extends object, Name extends keyof Value>(
  value: Value,
  ...names: readonly Name[]
): Omit<Value, Name> {
  const left = Object.entries(value).filter(([name]) => !(names as readonly string[]).includes(name))
  return Object.fromEntries(left) as Omit<Value, Name>
}
