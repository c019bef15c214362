import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readConfig, readUsableConfig } from '../../service/config.ts'
import { userDataFolder } from '../../service/database-settings.ts'
import { Fault } from '../../service/errors.ts'
import { temporaryFolders } from '../fakes/temporary-folders.ts'

const folder = temporaryFolders()

function faultOf(environment: Record<string, string>): Fault {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  throw new Error('the configuration was accepted')
}

function secretFile(text: string): string {
  const path = join(folder(), 'secret')
  writeFileSync(path, text)
  return path
}

describe('readConfig', () => {
  test('runs embedded on loopback by default', () => {
    const config = readConfig({})
    expect(config.database).toEqual({ kind: 'embedded', folder: userDataFolder({}) })
    expect(config.http).toMatchObject({ host: '127.0.0.1', port: 8000 })
    expect(Object.isFrozen(config)).toBe(true)
  })

  test('lets an argument override the environment, and treats an empty variable as unset', () => {
    expect(readConfig({ PORT: '81' }, { PORT: '82' }).http.port).toBe(82)
    expect(readConfig({ PORT: '' }).http.port).toBe(8000)
  })

  test('reports every fault at once, with its variable', () => {
    const { code, message } = faultOf({
      PORT: 'many',
      LOG_LEVEL: 'loud',
      OLLAMA_BASE_URL: 'ollama',
      MIGRATE_AT_START: 'yes',
    })
    expect(code).toBe('configuration_invalid')
    expect(message.split('\n').slice(1)).toEqual([
      '  MIGRATE_AT_START must be true or false, got "yes"',
      '  OLLAMA_BASE_URL must be "off" or a URL that starts with http:// or https://',
      '  PORT must be a whole number from 0 to 65535, got "many"',
      '  LOG_LEVEL must be debug, info, warn or error, got "loud"',
    ])
  })

  test.each(['6000', '10080', '06667'])('refuses %s, a port that no browser and no fetch connects to', async (PORT) => {
    await expect(fetch(`http://127.0.0.1:${Number(PORT)}`)).rejects.toMatchObject({ cause: { message: 'bad port' } })
    expect(faultOf({ PORT }).message).toContain(
      `PORT must be a port that browsers and fetch connect to, such as 8000; they refuse ${Number(PORT)}`,
    )
  })

  test('never shows a value that may hold a secret', () => {
    expect(faultOf({ DATABASE_URL: 'mysql://user:hunter2@host/db' }).message).not.toContain('hunter2')
  })

  test('composes the connection string of escaped parts', () => {
    const password = secretFile('p@ss/word\n')
    const { database } = readConfig({ DATABASE_HOST: 'db', DATABASE_USER: 'app', DATABASE_PASSWORD_FILE: password })
    expect(database).toMatchObject({
      kind: 'postgres',
      connectionString: 'postgres://app:p%40ss%2Fword@db:5432/codebase',
    })
  })

  test('reads a secret from its file and refuses both forms together', () => {
    const path = secretFile('postgres://a@b/c\n')
    expect(readConfig({ DATABASE_URL_FILE: path }).database).toMatchObject({ connectionString: 'postgres://a@b/c' })
    expect(faultOf({ DATABASE_URL_FILE: path, DATABASE_URL: 'postgres://a@b/c' }).message).toContain('keep one of them')
    expect(faultOf({ AUTH_TOKENS_FILE: '/not/there' }).message).toContain('"/not/there", which cannot be read (ENOENT)')
  })

  test('reads any variable from a file, and list entries from separate lines', () => {
    const path = secretFile('https://git.example.com/a.git\nshop=https://git.example.com/b.git\n')
    expect(readConfig({ REPOSITORIES_FILE: path }).repositories).toEqual([
      'https://git.example.com/a.git',
      'shop=https://git.example.com/b.git',
    ])
    expect(readConfig({ MAX_FILE_BYTES_FILE: secretFile('2048\n') }).indexing.maxFileBytes).toBe(2048)
  })

  test('refuses to listen beyond loopback without tokens or allowed hosts', () => {
    expect(faultOf({ HOST: '0.0.0.0' }).message).toContain('AUTH_TOKENS_FILE')
    expect(readConfig({ HOST: '0.0.0.0', ALLOWED_HOSTS: 'server:8000' }).http.allowedHosts).toEqual(['server:8000'])
    const tokens = secretFile('a-token-of-the-first\na-token-of-the-second\n')
    expect(readConfig({ HOST: '0.0.0.0', AUTH_TOKENS_FILE: tokens }).http.tokens).toMatchObject([
      { token: 'a-token-of-the-first' },
      { token: 'a-token-of-the-second' },
    ])
    expect(readConfig({ HOST: '127.0.0.2' }).http.host).toBe('127.0.0.2')
  })
})

describe('the settings of access', () => {
  const OIDC = { OIDC_ISSUER: 'https://login.example.com/', OIDC_AUDIENCE: 'codebase, https://code.example.com' }

  test('keep the exact issuer, and grant nothing to tokens without a list of repositories', () => {
    expect(readConfig(OIDC).http.oidc).toEqual({
      issuer: 'https://login.example.com/',
      audiences: ['codebase', 'https://code.example.com'],
      repositoriesClaim: 'repositories',
      repositories: [],
    })
    expect(readConfig({}).http).not.toHaveProperty('oidc')
  })

  test('can replace allowed hosts beyond loopback', () => {
    expect(readConfig({ ...OIDC, HOST: '0.0.0.0' }).http.tokens).toEqual([])
  })

  test.each([
    [{ OIDC_ISSUER: OIDC.OIDC_ISSUER }, 'OIDC_AUDIENCE is missing'],
    [{ OIDC_AUDIENCE: 'codebase' }, 'OIDC_AUDIENCE is set without OIDC_ISSUER'],
    [{ ...OIDC, OIDC_ISSUER: 'http://login.example.com' }, 'OIDC_ISSUER must start with https://, except on loopback'],
    [{ ...OIDC, OIDC_ISSUER: 'login' }, 'OIDC_ISSUER must be a URL'],
    [{ PUBLIC_URL: 'https://code.example.com/mcp' }, 'PUBLIC_URL must be an address without a path'],
    [{ AUTH_TOKENS: ' # none' }, 'AUTH_TOKENS holds no token'],
    [{ AUTH_TOKENS_FILE: secretFile('\n\ncanary\n') }, 'AUTH_TOKENS cannot be used: line 3 has a token of fewer'],
    [{ AUTH_TOKENS_FILE: secretFile('') }, 'AUTH_TOKENS holds no token'],
  ])('refuse %j', (environment, message) => {
    const fault = faultOf({ HOST: '0.0.0.0', ALLOWED_HOSTS: 'code', ...environment })
    expect(fault.message.split('\n').slice(1)).toEqual([expect.stringContaining(message)])
    expect(fault.message).not.toContain('canary')
  })

  test('that are unusable are not also reported as missing', () => {
    expect(faultOf({ HOST: '0.0.0.0', AUTH_TOKENS: 'short' }).message).not.toContain('HOST')
  })
})

describe('the settings of git', () => {
  test('put clones beside the embedded database, else into the temporary folder', () => {
    expect(readConfig({ DATA_FOLDER: '/data' }).git.clones.folder).toBe('/data/clones')
    expect(readConfig({ DATABASE_HOST: 'db' }).git.clones.folder).toBe(join(tmpdir(), 'codebase-clones'))
    expect(readConfig({ CLONES_FOLDER: '/clones' }).git.clones.folder).toBe('/clones')
  })

  test('read credentials from a file, and never show its content', () => {
    const path = secretFile('{"https://h/team/": {"token": "hunter2"}}\n')
    expect(readConfig({ GIT_CREDENTIALS_FILE: path }).git.credentials).toEqual([
      { prefix: 'https://h/team', username: 'x-access-token', token: 'hunter2' },
    ])
    const { message } = faultOf({ GIT_CREDENTIALS_FILE: secretFile('{"https://h": "hunter2"}') })
    expect(message).toContain('GIT_CREDENTIALS has an entry for https://h')
    expect(message).not.toContain('hunter2')
  })

  test('refuse URLs that cannot be indexed, without showing passwords', () => {
    const { message } = faultOf({
      REPOSITORIES: '/code, shop=https://me:hunter2@h/shop.git',
      GIT_ALLOWED_URLS: 'file:///srv',
      WEBHOOK_SECRET: 'short',
    })
    expect(message.split('\n').slice(1)).toEqual([
      expect.stringMatching(/^ {2}REPOSITORIES The URL ".*@h\/shop.git" .* a password\. .*GIT_CREDENTIALS_FILE/),
      expect.stringMatching(/^ {2}GIT_ALLOWED_URLS The URL "file:\/\/\/srv"/),
      '  WEBHOOK_SECRET must have at least 16 characters',
    ])
    expect(message).not.toContain('hunter2')
  })
})

describe('readUsableConfig', () => {
  test('reads what it can, and returns the faulty variables', () => {
    const { config, faults } = readUsableConfig({ PORT: 'many', LOG_LEVEL: 'debug', DATABASE_URL_FILE: '/not/there' })
    expect([config.http.port, config.log.level]).toEqual([8000, 'debug'])
    expect(faults.map(({ variables }) => variables)).toEqual([['DATABASE_URL'], ['PORT']])
    expect(readUsableConfig({ PORT: '81' })).toMatchObject({ config: { http: { port: 81 } }, faults: [] })
  })
})
