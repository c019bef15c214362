import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readEnvFile } from '../../../service/modes/env-file.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'

const makeFolder = temporaryFolders()

function folderWith(text: string): string {
  const folder = makeFolder()
  writeFileSync(join(folder, '.env'), text)
  return folder
}

const readFrom = (text: string) => readEnvFile(folderWith(text), undefined)

describe('A file .env', () => {
  test('is read if all its variables belong to this program', () => {
    expect(readFrom('# settings\nPORT=9000\nDATA_FOLDER="/data of mine"\n')).toEqual({
      variables: { PORT: '9000', DATA_FOLDER: '/data of mine' },
    })
    expect(readFrom('DATABASE_URL_FILE=/run/secrets/url\nREPOSITORIES=/code\n').note).toBeUndefined()
    expect(readFrom('PORT=9000').variables).toEqual({ PORT: '9000' })
  })

  test.each([
    ['a database and a port of its own', 'DATABASE_URL=postgres://app@db/app\nPORT=3000\n'],
    ['variables that this program does not know', 'PORT=3000\nSESSION_SECRET=x\n'],
  ])('is not read if it belongs to a project, with %s', (_, text) => {
    const { variables, note } = readFrom(text)
    expect(variables).toEqual({})
    expect(note).toMatch(/\.env" is not read, .* --env-file$/)
  })

  test('of another program is told by the variable that this one does not know', () => {
    expect(readFrom('PORT=3000\nSESSION_SECRET=x\n').note).toContain('because SESSION_SECRET is not a setting')
  })

  test.each([
    ['DATA_FOLDR=/data\n', 'DATA_FOLDER'],
    ['REPOSITORYS=/code\nWATCH=off\n', 'REPOSITORIES'],
    ['OLLAMA_BASEURL=off\nSESSION_SECRET=x\n', 'OLLAMA_BASE_URL'],
  ])('with a misspelt setting is not read, and the setting is named: %j', (text, meant) => {
    const { variables, note } = readFrom(text)
    expect(variables).toEqual({})
    expect(note).toContain(`did you mean ${meant}?`)
  })

  test.each([
    ['WATCH=off\nPORT 9000\n', 2],
    ['# settings\r\n\r\nREPOSITORIES="/a\n/b c"\nLOG_LEVEL: debug\n', 5],
    ["WATCH=off # don't poll\nDATA_FOLDER='/data'\nexport\n", 3],
  ])('with a line that sets nothing is refused, and the line is named: %j', (text, line) => {
    expect(() => readFrom(text)).toThrow(new RegExp(`^Line ${line} of ".*\\.env" sets nothing$`))
  })

  test('may begin with a byte order mark and have Windows line ends', () => {
    expect(readFrom('\ufeffWATCH=off\r\nPORT=9000\r\n')).toEqual({ variables: { WATCH: 'off', PORT: '9000' } })
  })

  test('is silently ignored if none of its variables belong to this program', () => {
    expect(readFrom('SESSION_SECRET=x\nTEST=1\nDATABASE_URI=y\nnot a setting\n')).toEqual({ variables: {} })
    expect(readEnvFile(makeFolder(), undefined)).toEqual({ variables: {} })
  })

  test('is always read if it is named', () => {
    const folder = folderWith('DATABASE_URL=postgres://a/b\nOTHER=1\n')
    expect(readEnvFile(folder, '.env').variables).toEqual({ DATABASE_URL: 'postgres://a/b', OTHER: '1' })
    expect(() => readEnvFile(folder, 'none.env')).toThrow(/none\.env" cannot be read \(ENOENT\)/)
  })
})
