import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const SCRIPT = fileURLToPath(new URL('../../service/bundle.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'codebase-bundle-'))

beforeAll(() => {
  execFileSync(process.execPath, [SCRIPT, folder], { stdio: 'pipe' })
})
afterAll(() => rmSync(folder, { recursive: true }))

test('the bundle has the program, its thread, and what they read, each beside it', () => {
  expect(readdirSync(folder)).toEqual(
    expect.arrayContaining(['analyser-thread.js', 'grammars', 'main.js', 'migrations', 'page.html']),
  )
  expect(readdirSync(join(folder, 'grammars')).length).toBeGreaterThan(16)
})

test('the bundle runs without what it was made from', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(folder, 'main.js'), 'nonsense'], { encoding: 'utf8' })
  expect(stderr).toContain('There is no mode "nonsense". The modes are: serve,')
  expect(status).toBe(1)
})
