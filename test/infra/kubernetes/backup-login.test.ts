import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const SCRIPT = fileURLToPath(new URL('../../../infra/kubernetes/backup/login.sh', import.meta.url))

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'codebase-login-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const file = (content: string) => {
  const path = join(folder, 'secret')
  writeFileSync(path, `${content}\n`)
  return path
}

/** Returns the connection parameters that libpq gets. */
function service(environment: Record<string, string>): Record<string, string> {
  const env = { PATH: process.env.PATH ?? '', TMPDIR: folder, ...environment }
  execFileSync('bash', ['--norc', '-euo', 'pipefail', '-c', `. ${SCRIPT}; log_in`], { env })
  const [head, ...lines] = readFileSync(join(folder, 'service.conf'), 'utf8').trimEnd().split('\n')
  expect(head).toBe('[index]')
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}

const ofUrl = (url: string) => service({ DATABASE_URL_FILE: file(url) })

describe('the login of a backup', () => {
  test('is read from a URL', () => {
    expect(ofUrl('postgres://owner:secret@postgres:5432/codebase')).toEqual({
      user: 'owner',
      password: 'secret',
      host: 'postgres',
      port: '5432',
      dbname: 'codebase',
    })
  })

  test.each(['p@ss:w/rd?#%', 'back\\slash \\n', 'quo\'te"s $HOME `id`', 'ünïcode+plus'])(
    'has the password %j, however it is encoded',
    (password) => {
      const url = `postgresql://own%40er:${encodeURIComponent(password)}@db.example.com/shop`
      expect(ofUrl(url)).toEqual({ user: 'own@er', password, host: 'db.example.com', dbname: 'shop' })
    },
  )

  test('has the parameters that libpq knows, and no others', () => {
    const url = 'postgres://o:s@h/d?sslmode=require&uselibpqcompat=true&connect_timeout=3&pool=9'
    expect(ofUrl(url)).toMatchObject({ sslmode: 'require', connect_timeout: '3', dbname: 'd' })
    expect(ofUrl(url)).not.toHaveProperty('uselibpqcompat')
    expect(ofUrl('postgres://o@h/d?sslmode=no-verify')).toEqual({
      user: 'o',
      host: 'h',
      dbname: 'd',
      sslmode: 'require',
    })
    expect(ofUrl('postgres:///d?host=/run/postgresql')).toEqual({ dbname: 'd', host: '/run/postgresql' })
  })

  test.each(['verify-ca', 'verify-full'])('with %s verifies by the given certificate', (mode) => {
    const given = { sslmode: mode, sslrootcert: '/ca.pem' }
    expect(ofUrl(`postgres://o@h/d?sslmode=${mode}&sslrootcert=/ca.pem`)).toMatchObject(given)
    expect(ofUrl(`postgres://o@h/d?sslrootcert=/ca.pem&sslmode=${mode}`)).toMatchObject(given)
  })

  test.each(['verify-ca', 'verify-full'])(
    'with %s but no certificate verifies certificate and name, as the service does',
    (mode) => {
      expect(ofUrl(`postgres://o@h/d?sslmode=${mode}`)).toMatchObject({
        sslmode: 'verify-full',
        sslrootcert: 'system',
      })
    },
  )

  test('trusts the additional certificates of the service', () => {
    const env = { PATH: process.env.PATH ?? '', TMPDIR: folder, DATABASE_URL_FILE: file('postgres://o@h/d') }
    const trusted = (more: Record<string, string>) =>
      execFileSync('bash', ['--norc', '-euc', `. ${SCRIPT}; log_in; echo "\${SSL_CERT_FILE:-none}"`], {
        env: { ...env, ...more },
        encoding: 'utf8',
      }).trim()
    expect(trusted({ NODE_EXTRA_CA_CERTS: '/etc/team.crt' })).toBe('/etc/team.crt')
    expect(trusted({})).toBe('none')
  })

  test('can have an IPv6 address', () => {
    expect(ofUrl('postgres://o@[fd00::1]:6432/d')).toMatchObject({ host: 'fd00::1', port: '6432' })
    expect(ofUrl('postgres://o@[fd00::1]/d')).toEqual({ user: 'o', host: 'fd00::1', dbname: 'd' })
  })

  test('is composed of its parts', () => {
    const parts = { DATABASE_HOST: 'h', DATABASE_USER: 'o', DATABASE_PASSWORD_FILE: file('pass word') }
    expect(service(parts)).toEqual({ host: 'h', port: '5432', dbname: 'codebase', user: 'o', password: 'pass word' })
  })

  test('cannot be read by others', () => {
    ofUrl('postgres://o:s@h/d')
    expect(statSync(join(folder, 'service.conf')).mode & 0o777).toBe(0o600)
  })
})
