import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMap, parseDocument } from 'yaml'
import { fileOfStack, type StackChoice } from '../../plan/stack-config.ts'
import { parsedValue } from '../../settings/config.ts'
import { inTemporaryFolder } from '../../temporary-folder.ts'

/**
 * Runs `work` with a temporary copy of a stack's file that includes the settings of the command line. A copy is needed
 * because the CLI writes these settings and the encryption salt to the file that it reads.
 */
export async function withStackFile<Result>(
  root: string,
  choice: StackChoice,
  work: (file: string) => Promise<Result>,
): Promise<Result> {
  const file = fileOfStack(root, choice)
  const document = parseDocument(existsSync(file) ? readFileSync(file, 'utf8') : '', { merge: true })
  for (const [key, value] of Object.entries(choice.settings)) {
    const [group = '', ...path] = key.split('.')
    // The CLI rejects a setting that is given in both forms.
    const isInside = path.length > 0 && isMap(document.getIn(['config', group]))
    if (isInside) document.deleteIn(['config', key])
    document.setIn(['config', ...(isInside ? [group, ...path] : [key])], isInside ? parsedValue(value) : value)
  }
  return inTemporaryFolder((folder) => {
    const copy = join(folder, `Pulumi.${choice.stack}.yaml`)
    writeFileSync(copy, document.toString(), { mode: 0o600 })
    return work(copy)
  })
}
