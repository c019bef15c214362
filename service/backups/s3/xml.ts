// What S3 answers is flat and made by a program, so that looking for an element is enough.
const elements = (xml: string, name: string) =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text = '']) => decoded(text))

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }

const decoded = (text: string) =>
  text.replaceAll(/&(#x?[0-9a-f]+|\w+);/gi, (whole, name: string) => {
    const code = /^#(x?)([0-9a-f]+)$/i.exec(name)
    return code === null
      ? (ENTITIES[name] ?? whole)
      : String.fromCodePoint(Number.parseInt(code[2] ?? '', code[1] === '' ? 10 : 16))
  })

/** The text of an element, if it is there. */
export const textIn = (xml: string, name: string): string | undefined => elements(xml, name)[0]

/** A page of a list of objects, with their names as they were sent, encoded for URLs. */
export function listedIn(xml: string): { readonly keys: string[]; readonly continuation?: string } {
  const keys = elements(xml, 'Key').map((key) => decodeURIComponent(key.replaceAll('+', ' ')))
  const continuation = textIn(xml, 'NextContinuationToken')
  return { keys, ...(continuation === undefined ? {} : { continuation }) }
}
