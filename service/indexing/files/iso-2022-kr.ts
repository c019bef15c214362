/** The beginning of every text in ISO-2022-KR, and what surrounds two-byte characters. */
const TO_KOREAN = Buffer.from('\x1b$)C')
const SHIFT_OUT = 0x0e
const SHIFT_IN = 0x0f
const LINE_FEED = 10

/** Whether the bytes are a text in ISO-2022-KR. */
export const isKorean = (bytes: Uint8Array) =>
  bytes.includes(SHIFT_OUT) && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(TO_KOREAN)

/** Converts the text to EUC-KR, in which the bytes of two-byte characters have their highest bits set. */
export function withHighBits(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes)
  const start = text.indexOf(TO_KOREAN)
  let isWide = false
  let length = start
  for (let at = start + TO_KOREAN.length; at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (byte === SHIFT_OUT || byte === SHIFT_IN || byte === LINE_FEED) isWide = byte === SHIFT_OUT
    if (byte !== SHIFT_OUT && byte !== SHIFT_IN) text[length++] = isWide && byte > 32 ? byte | 0x80 : byte
  }
  return text.subarray(0, length)
}
