const MAX_LENGTH = 65535

/** Encodes document lengths as little-endian 16-bit numbers, at most 65,535. */
export function encodeLengths(lengths: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(2 * lengths.length)
  lengths.forEach((length, document) => {
    bytes.writeUInt16LE(Math.min(length, MAX_LENGTH), 2 * document)
  })
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export function decodeLengths(data: Uint8Array): Uint16Array {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const lengths = new Uint16Array(bytes.length / 2)
  for (let document = 0; document < lengths.length; document++) lengths[document] = bytes.readUInt16LE(2 * document)
  return lengths
}
