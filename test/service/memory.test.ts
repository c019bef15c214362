import { expect, test } from 'vitest'
import { tellOfScarcity } from '../../service/memory.ts'
import { GIB, MIB } from '../../service/units.ts'

function told(...[kind, memory]: [Parameters<typeof tellOfScarcity>[1], Parameters<typeof tellOfScarcity>[2]]) {
  const lines: unknown[] = []
  tellOfScarcity({ warn: (fields: object) => void lines.push(fields) }, kind, memory)
  return lines
}

test('A process that indexes with too little memory says how much it has, what it takes and what helps', () => {
  expect(told('postgres', { totalBytes: 8 * GIB, limitBytes: 300 * MIB })).toEqual([
    {
      detail: '300 MiB, which is the limit of the container, less than indexing a large repository takes (512 MiB)',
      remedy: 'Raise the memory limit of the container',
    },
  ])
  expect(told('embedded', { totalBytes: 400 * MIB })).toMatchObject([{ remedy: 'Use a machine with more memory' }])
})

test('A process with enough memory says nothing, and the embedded database is part of what it needs', () => {
  expect(told('embedded', { totalBytes: 8 * GIB })).toEqual([])
  expect(told('postgres', { totalBytes: 8 * GIB, limitBytes: 600 * MIB })).toEqual([])
  expect(told('embedded', { totalBytes: 8 * GIB, limitBytes: 600 * MIB })).toHaveLength(1)
})
