import { defineConfig } from 'vitest/config'

const project = (name: string, include: string[], testTimeout: number) => ({
  test: { name, include, testTimeout, hookTimeout: testTimeout, pool: 'forks' as const },
})

export default defineConfig({
  test: {
    projects: [
      project('unit', ['test/{service,infra,docs}/**/*.test.ts'], 60_000),
      project('page', ['test/page/**/*.test.ts'], 120_000),
      project('acceptance', ['test/acceptance/**/*.test.ts'], 180_000),
      { ...project('docker', ['test/e2e/docker/**/*.test.ts'], 1_200_000) },
      { ...project('kubernetes', ['test/e2e/kubernetes/**/*.test.ts'], 1_200_000) },
    ],
  },
})
