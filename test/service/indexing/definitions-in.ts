import { chunksOf } from '../../../service/indexing/chunks/chunker.ts'
import { grammarOf } from '../../../service/indexing/chunks/grammars.ts'
import { TextLines } from '../../../service/indexing/chunks/text-lines.ts'
import { languageOf } from '../../../service/indexing/files/languages.ts'

/** Returns the definitions found in a text, each as `LINE NAME`. */
export async function definitionsIn(path: string, text: string): Promise<string[]> {
  const language = languageOf(path, text)
  const chunks = chunksOf(new TextLines(text), { language, grammar: await grammarOf(path, language) })
  return chunks.flatMap(({ definitions }) => definitions.map(({ symbol, line }) => `${line} ${symbol}`))
}
