import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }

const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')
const dockerfile = read('Dockerfile')

test('the labels of the image agree with package.json', () => {
  const { version, description, license } = packageJson
  expect(dockerfile).toContain(`ARG VERSION=${version}\n`)
  expect(dockerfile).toContain(`org.opencontainers.image.description="${description}"`)
  expect(dockerfile).toContain(`org.opencontainers.image.licenses="${license}"`)
})

test('it contains nothing specific to one architecture', () => {
  expect(`${dockerfile}${read('service/image/system.sh')}`).not.toMatch(/x86_64|amd64|aarch64|arm64/)
})

test('the last stage starts from scratch and runs no command', () => {
  const stages = dockerfile.split(/^FROM /m).slice(1)
  expect(stages.at(-1)).toMatch(/^runtime\n/)
  const inLast = stages.filter((stage) => /^(scratch AS )?runtime\n/.test(stage)).join('')
  expect(inLast).toMatch(/^scratch AS runtime\n/)
  expect(inLast).not.toMatch(/^RUN /m)
})

test('the build context contains exactly what the Dockerfile copies', () => {
  const sent = read('.dockerignore').match(/(?<=^!).+/gm)
  const copied = [...dockerfile.matchAll(/^COPY (?!--)(.+) \S+$/gm)].flatMap(([, names = '']) => names.split(' '))
  expect(new Set(copied.map((name) => name.split('/')[0]))).toEqual(new Set(sent))
})
