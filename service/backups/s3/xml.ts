// S3's responses are flat and machine-generated, so searching for elements is enough.
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

/** Returns the text of an element, or undefined if there is none. */
export const textIn = (xml: string, name: string): string | undefined => elements(xml, name)[0]

/** Parses a page of a list of objects. Names are returned URL-encoded, as S3 sends them. */
export function listedIn(xml: string): { readonly keys: string[]; readonly continuation?: string } {
  const keys = elements(xml, 'Key').map((key) => decodeURIComponent(key.replaceAll('+', ' ')))
  const continuation = textIn(xml, 'NextContinuationToken')
  return { keys, ...(continuation === undefined ? {} : { continuation }) }
}
