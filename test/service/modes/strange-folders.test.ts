import { mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { confirmStrange } from '../../../service/modes/strange-folders.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'

const makeFolder = temporaryFolders()
const home = realpathSync(makeFolder())

test.each([
  ['/', 'the root of the file system'],
  [home, 'your home folder'],
  [join(home, '..'), 'above your home folder'],
  ['/usr', 'a system folder'],
  ['/etc', 'a system folder'],
])('%s is not indexed without asking', async (folder, what) => {
  await expect(confirmStrange([folder], {}, home)).rejects.toThrow(
    `is ${what}, so it is not indexed without confirmation`,
  )
})

test('A folder is indexed if the user says yes, and not if the user says no', async () => {
  const questions: string[] = []
  const answering = (answer: boolean) => ({
    ask: async (question: string) => {
      questions.push(question)
      return answer
    },
  })
  await confirmStrange(['/'], answering(true), home)
  await expect(confirmStrange(['/'], answering(false), home)).rejects.toMatchObject({ code: 'request_invalid' })
  expect(questions[0]).toBe('"/" is the root of the file system. Index all of it?')
})

test('The user is not asked about project folders and URLs', async () => {
  const project = join(home, 'code', 'shop')
  mkdirSync(project, { recursive: true })
  const places = [project, '/usr/src/app', 'https://git.example.com/team/shop.git']
  await expect(confirmStrange(places, {}, home)).resolves.toBeUndefined()
})
