import { defineConfig } from 'vitest/config'

const project = (name: string, include: string[], testTimeout: number, globalSetup: string[] = []) => ({
  test: { name, include, testTimeout, hookTimeout: testTimeout, pool: 'forks' as const, globalSetup },
})

export default defineConfig({
  test: {
    // Many test files spend as much time waiting as computing: on processes, deadlines, and changes of folders.
    maxWorkers: '100%',
    projects: [
      project('unit', ['test/{service,infra,docs}/**/*.test.ts'], 120_000, ['test/ready-database.ts']),
      project('page', ['test/page/**/*.test.ts'], 120_000),
      project('acceptance', ['test/acceptance/**/*.test.ts'], 180_000),
      { ...project('docker', ['test/e2e/docker/**/*.test.ts'], 1_200_000) },
      { ...project('kubernetes', ['test/e2e/kubernetes/**/*.test.ts'], 1_200_000) },
    ],
  },
})
