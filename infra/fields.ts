type Defined<Value> = { [Key in keyof Value]?: Exclude<Value[Key], undefined> }

/** Returns an object with the same fields, except those that are undefined. */
export const defined = <Value extends object>(value: Value): Defined<Value> =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<Value>
