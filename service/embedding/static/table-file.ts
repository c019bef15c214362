import { createHash } from 'node:crypto'
import { Fault } from '../../errors.ts'
import { parseJson } from '../../json.ts'

/** Term vectors as stored in the file: `scales[row]` times 8-bit numbers. */
export interface Table {
  readonly checksum: string
  readonly dimensions: number
  readonly weights: FieldWeights
  readonly terms: readonly string[]
  readonly rows: Int8Array
  readonly scales: Float32Array
}

/** Weight of one occurrence, by the field of the document. */
export interface FieldWeights {
  readonly text: number
  readonly symbol: number
  readonly path: number
}

interface Header {
  readonly dimensions: number
  readonly terms: number
  readonly termBytes: number
  readonly weights: FieldWeights
}

const MAGIC = 'cbstatic'
const FORMAT_VERSION = 1
const HEADER_START = 16
const CHECKSUM_BYTES = 32
const SCALE_BYTES = 4

class TableUnusable extends Fault {
  constructor(file: string, fault: string, remedy: string) {
    super('installation_damaged', `The table of vectors ${file} ${fault}`, remedy)
  }
}

const RESTORE = 'Restore the file from the release, or train it again as training/README.md describes'

/**
 * Reads a table. The file contains the magic, the format version and the header's length (32 bits each, little-endian),
 * the header as JSON, the terms one per line, the rows, the scales, and the SHA-256 of all of that.
 */
export function readTable(bytes: Uint8Array, file: string): Table {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < HEADER_START + CHECKSUM_BYTES) throw new TableUnusable(file, 'is cut short', RESTORE)
  if (ascii(bytes.subarray(0, MAGIC.length)) !== MAGIC)
    throw new TableUnusable(file, 'is not a table of vectors', RESTORE)
  const version = view.getUint32(MAGIC.length, true)
  if (version !== FORMAT_VERSION) {
    const fault = `has format ${version}, this version reads format ${FORMAT_VERSION}`
    throw new TableUnusable(file, fault, 'Use the table that came with this version')
  }
  const body = bytes.subarray(0, bytes.length - CHECKSUM_BYTES)
  const headerEnd = HEADER_START + view.getUint32(MAGIC.length + 4, true)
  if (headerEnd > body.length) throw new TableUnusable(file, 'is cut short', RESTORE)
  const checksum = createHash('sha256').update(body).digest()
  const header = parseJson(ascii(bytes.subarray(HEADER_START, headerEnd))) as Header | undefined
  if (header !== undefined && headerEnd + bodySize(header) > body.length) {
    throw new TableUnusable(file, 'is cut short', RESTORE)
  }
  if (header === undefined || !checksum.equals(bytes.subarray(body.length))) {
    throw new TableUnusable(file, 'is damaged: its checksum does not match its content', RESTORE)
  }
  return { ...partsOf(body.subarray(headerEnd), header), checksum: checksum.toString('hex') }
}

function partsOf(body: Uint8Array, { dimensions, terms, termBytes, weights }: Header): Omit<Table, 'checksum'> {
  const rowsEnd = termBytes + terms * dimensions
  return {
    dimensions,
    weights,
    terms: new TextDecoder().decode(body.subarray(0, termBytes)).split('\n'),
    rows: new Int8Array(copied(body.subarray(termBytes, rowsEnd))),
    scales: new Float32Array(copied(body.subarray(rowsEnd, rowsEnd + terms * SCALE_BYTES))),
  }
}

/** Views of 32-bit numbers must be aligned, which offsets in a file need not be. */
function copied(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

function bodySize({ dimensions, terms, termBytes }: Header): number {
  return termBytes + terms * (dimensions + SCALE_BYTES)
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
