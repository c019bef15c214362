import { describe, expect, test } from 'vitest'
import { type Made, objectsOf, settingsOf } from '../mocked.ts'

const objects = (values: object = {}) =>
  objectsOf(
    settingsOf('kubernetes', {
      image: { reference: 'registry.example.com/codebase-mcp:1' },
      database: { cnpg: {} },
      kubernetes: { namespace: 'code', prefix: 'one-' },
      ...values,
    }),
  )

const inputsOf = (all: readonly Made[], name: string) => {
  const found = all.find((one) => one.name === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found.inputs
}

interface Job {
  readonly template: {
    readonly spec: {
      readonly containers: readonly { readonly command: readonly string[]; readonly env: readonly object[] }[]
      readonly volumes: readonly object[]
    }
  }
}

describe('a database run by CloudNativePG', () => {
  test('drops former logins by a Job that logs in as its superuser and verifies its certificate', async () => {
    const all = await objects()
    const { spec } = inputsOf(all, 'cnpg-cluster') as { spec: object }
    expect(spec).toMatchObject({ enableSuperuserAccess: true, superuserSecret: { name: 'one-postgres-superuser' } })
    const superuser = inputsOf(all, 'cnpg-superuser').stringData as { username: string; password: string }
    expect(superuser.username).toBe('postgres')
    expect(inputsOf(all, 'one-retire-roles-secrets').stringData).toMatchObject({
      'superuser-password': superuser.password,
      login: expect.stringMatching(/^codebase_[0-9a-f]{8}$/),
    })
    const { containers, volumes } = (inputsOf(all, 'one-retire-roles-job').spec as Job).template.spec
    expect(containers[0]?.command).toEqual(['sh', '/scripts/roles.sh', 'retire'])
    expect(containers[0]?.env).toEqual(
      expect.arrayContaining([
        { name: 'PGHOST', value: 'one-postgres-rw' },
        { name: 'PGSSLMODE', value: 'verify-full' },
      ]),
    )
    const items = [{ key: 'ca.crt', path: 'ca.crt' }]
    expect(volumes).toContainEqual(
      expect.objectContaining({ secret: { secretName: 'one-postgres-ca', items, defaultMode: 0o440 } }),
    )
  })

  test.each([
    [true, 'off'],
    [false, 'on'],
  ])('has hibernation that is the opposite of running, %s', async (running, hibernation) => {
    const all = await objects({ running, kubernetes: { namespace: 'code', annotations: { team: 'search' } } })
    expect(inputsOf(all, 'cnpg-cluster').metadata).toMatchObject({
      annotations: { team: 'search', 'cnpg.io/hibernation': hibernation },
    })
    expect(all.some(({ name }) => name === 'retire-roles-job')).toBe(running)
  })
})
