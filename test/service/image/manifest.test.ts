import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { serviceManifest } from '../../../service/image/manifest.ts'

const read = (file: string) => JSON.parse(readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8'))
const packageJson = {
  type: 'module',
  version: '1.0.0',
  scripts: { test: 'true' },
  dependencies: { '@pulumi/docker': '5.0.0', '@electric-sql/pglite': '0.5.0', node: '24.0.0', pg: '8.0.0' },
  devDependencies: { esbuild: '0.28.0', vitest: '4.0.0' },
}
const lock = {
  lockfileVersion: 3,
  packages: {
    '': { dependencies: packageJson.dependencies },
    'node_modules/@pulumi/docker': { dependencies: { shared: '2.0.0' } },
    'node_modules/node': {},
    'node_modules/vitest': {},
    'node_modules/esbuild': {
      optionalDependencies: { '@esbuild/linux-x64': '0.28.0', '@esbuild/linux-arm64': '0.28.0' },
    },
    'node_modules/@esbuild/linux-x64': {},
    'node_modules/pg': {
      dependencies: { shared: '1.0.0', 'pg-types': '2.0.0' },
      peerDependencies: { 'pg-native': '3.0.0' },
      peerDependenciesMeta: { 'pg-native': { optional: true } },
    },
    'node_modules/pg-native': {},
    'node_modules/pg/node_modules/shared': {},
    'node_modules/pg-types': { dependencies: { shared: '2.0.0' }, peerDependencies: { peer: '1.0.0' } },
    'node_modules/peer': {},
    'node_modules/shared': {},
  },
}

test('keeps the imports of the service and the bundler, and drops what only the Pulumi program needs', () => {
  expect(serviceManifest(packageJson, lock).manifest).toEqual({
    name: 'service',
    type: 'module',
    dependencies: { pg: '8.0.0', esbuild: '0.28.0' },
  })
})

test('keeps the reachable part of the lock, resolving packages like Node', () => {
  expect(Object.keys(serviceManifest(packageJson, lock).lock.packages)).toEqual([
    '',
    'node_modules/esbuild',
    'node_modules/@esbuild/linux-x64',
    'node_modules/pg',
    'node_modules/pg/node_modules/shared',
    'node_modules/pg-types',
    'node_modules/peer',
    'node_modules/shared',
  ])
})

test('does not change with scripts, the version, tools or packages of the Pulumi program', () => {
  const other = {
    ...packageJson,
    version: '2.0.0',
    scripts: {},
    dependencies: { ...packageJson.dependencies, '@pulumi/docker': '6.0.0' },
    devDependencies: { ...packageJson.devDependencies, vitest: '5.0.0' },
  }
  const otherLock = {
    ...lock,
    packages: { ...lock.packages, 'node_modules/vitest': { dependencies: { vite: '9.0.0' } } },
  }
  expect(JSON.stringify(serviceManifest(other, otherLock))).toBe(JSON.stringify(serviceManifest(packageJson, lock)))
})

test('covers every package that the service of this project imports', () => {
  const { manifest, lock: kept } = serviceManifest(read('package.json'), read('package-lock.json'))
  for (const name of Object.keys(manifest.dependencies)) expect(kept.packages).toHaveProperty([`node_modules/${name}`])
  expect(Object.keys(kept.packages).filter((path) => path.includes('@pulumi/'))).toEqual([])
})
