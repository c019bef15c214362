import { expect, test } from 'vitest'
import { z } from 'zod'
import { billOfMaterials, lockedPackages, readSystemPackages } from '../../../service/image/bill-of-materials.ts'

const product = { name: 'codebase-mcp', version: '0.1.0', license: 'Apache-2.0' }
const LINES = `git\t1:2.47.3-0+deb13u1\tamd64\tgit\t1:2.47.3-0+deb13u1\tdebian-13
libstdc++6\t14.2.0-19\tamd64\tgcc-14\t14.2.0-19\tdebian-13
`

/** The part of the CycloneDX 1.6 schema that the service uses. */
const component = z.strictObject({
  type: z.enum(['application', 'framework', 'library', 'platform', 'operating-system', 'file']),
  'bom-ref': z.string().min(1),
  name: z.string().min(1),
  version: z.string().min(1),
  purl: z.string().regex(/^pkg:(npm|deb|generic)\/[\w.%~+/-]+@[\w.%~-]+(\?[\w=&.%~-]+)?$/),
  cpe: z.string().startsWith('cpe:2.3:a:').optional(),
  licenses: z
    .array(
      z.union([
        z.strictObject({ license: z.strictObject({ id: z.string() }) }),
        z.strictObject({ expression: z.string() }),
      ]),
    )
    .length(1)
    .optional(),
  hashes: z
    .array(z.strictObject({ alg: z.literal('SHA-512'), content: z.string().regex(/^[0-9a-f]{128}$/) }))
    .optional(),
})
const cycloneDx = z.strictObject({
  $schema: z.literal('http://cyclonedx.org/schema/bom-1.6.schema.json'),
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.literal('1.6'),
  version: z.int().min(1),
  metadata: z.strictObject({ component }),
  components: z.array(component),
})

const sha512 = (text: string) => `sha512-${Buffer.alloc(64, text).toString('base64')}`
const npm = [
  { name: 'zod', version: '4.6.7', license: 'MIT', integrity: sha512('z') },
  { name: '@hono/node-server', version: '2.1.8', license: '(MIT OR Apache-2.0)' },
]

test('fits the schema of CycloneDX, with each component once', () => {
  const bill = cycloneDx.parse(billOfMaterials({ product, npm, system: readSystemPackages(LINES), node: '24.21.0' }))
  const references = bill.components.map((part) => part['bom-ref'])
  expect(new Set(references).size).toBe(references.length)
  expect(bill.metadata.component).toMatchObject({ type: 'application', name: 'codebase-mcp', version: '0.1.0' })
})

test('identifies packages as scanners look them up, with their licences and digests', () => {
  const { components } = billOfMaterials({ product, npm, system: readSystemPackages(LINES), node: '24.21.0' })
  expect(components.map(({ purl }) => purl)).toEqual([
    'pkg:deb/debian/git@1%3A2.47.3-0%2Bdeb13u1?arch=amd64&distro=debian-13&upstream=git%401%3A2.47.3-0%2Bdeb13u1',
    'pkg:deb/debian/libstdc%2B%2B6@14.2.0-19?arch=amd64&distro=debian-13&upstream=gcc-14%4014.2.0-19',
    'pkg:generic/node@24.21.0',
    'pkg:npm/%40hono/node-server@2.1.8',
    'pkg:npm/zod@4.6.7',
  ])
  expect(components.at(-2)).toMatchObject({ licenses: [{ expression: '(MIT OR Apache-2.0)' }] })
  expect(components.at(-1)).toMatchObject({
    licenses: [{ license: { id: 'MIT' } }],
    hashes: [{ alg: 'SHA-512', content: '7a'.repeat(64) }],
  })
})

test('does not depend on the order in which packages are found', () => {
  const bill = (packages: typeof npm) => JSON.stringify(billOfMaterials({ product, npm: packages, system: [] }))
  expect(bill(npm.toReversed())).toBe(bill(npm))
})

test('refuses a list of system packages that lacks a column', () => {
  expect(() => readSystemPackages('git\t1.0\tamd64\n')).toThrow('"git\\t1.0\\tamd64" in the list of system packages')
})

test('finds the package of each file in the lock, including nested ones, and skips files of the project', () => {
  const lock = {
    packages: {
      'node_modules/pg': { version: '8.0.0' },
      'node_modules/@hono/node-server': { version: '2.0.0' },
      'node_modules/pg/node_modules/split2': { version: '4.0.0', license: 'ISC' },
    },
  }
  const files = [
    'service/main.ts',
    '../node_modules/pg/lib/index.js',
    'node_modules/pg/lib/client.js',
    'node_modules/@hono/node-server/dist/index.mjs',
    'node_modules/pg/node_modules/split2/index.js',
  ]
  expect(lockedPackages(lock, files)).toEqual([
    { name: 'pg', version: '8.0.0' },
    { name: '@hono/node-server', version: '2.0.0' },
    { name: 'split2', version: '4.0.0', license: 'ISC' },
  ])
  expect(() => lockedPackages(lock, ['node_modules/left/index.js'])).toThrow(
    'node_modules/left is not in package-lock.json',
  )
})
