/** Returns a longer copy of a list of numbers, with zeros at its end. */
export function extended(numbers: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(length)
  longer.set(numbers)
  return longer
}
