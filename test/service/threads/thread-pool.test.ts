import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, onTestFinished, test } from 'vitest'
import { createAnalyser } from '../../../service/indexing/analyser/analyser.ts'
import { temporaryFolder } from '../indexing/temporary-folder.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test('an answer is let go of although the thread that gave it goes on', async () => {
  const root = temporaryFolder({ 'a.ts': 'export const a = 1\n' })
  const analyser = createAnalyser({ threads: 1 })
  onTestFinished(() => analyser.close())
  const batch = { root, maxFileBytes: 1000, files: [{ path: 'a.ts', stamp: 'walked', bytes: 1 }] }
  const answers: WeakRef<object>[] = []
  for (let at = 0; at < 3; at++) answers.push(new WeakRef((await analyser.analyse(batch)).files[0] as object))
  await expect
    .poll(() => {
      collect()
      return answers.filter((answer) => answer.deref() !== undefined).length
    })
    .toBe(0)
})
