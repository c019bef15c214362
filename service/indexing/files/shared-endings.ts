/** A language, and what a text in it has that none in the other languages of its ending would. */
type Sign = readonly [language: string, sign: RegExp]

const OBJECTIVE_C: Sign = ['objectivec', /^\s*(?:#import\b|@(?:interface|implementation|protocol|class|import)\b)/m]
const XML: Sign = ['xml', /^\uFEFF?\s*<(?:\?xml|!DOCTYPE|[A-Za-z][\w:.-]*[\s>])/]

/** Endings that several languages have; a text without any of the signs is in the language that the ending usually means. */
const SIGNS: Readonly<Record<string, readonly Sign[]>> = {
  h: [OBJECTIVE_C, ['cpp', /^\s*(?:class\s+\w|namespace\b|template\s*<|using\s+\w|public:|private:)/m]],
  m: [
    OBJECTIVE_C,
    ['mercury', /^:- (?:module|interface|implementation|pred|func)\b/m],
    ['mathematica', /^\s*(?:BeginPackage|Begin|Needs|Get)\[|^\(\* ::/m],
  ],
  v: [
    [
      'coq',
      /^\s*(?:(?:From\s+\S+\s+)?Require\b|(?:Theorem|Lemma|Corollary|Definition|Fixpoint|Inductive|Record|Notation|Axiom|Instance)\s|Proof\.|Qed\.|Section\s+\w+\.|Module\s+\w+\.)/m,
    ],
    ['vlang', /^(?:pub\s+)?fn\s+(?:\([^)]*\)\s*)?\w+\s*\(/m],
  ],
  pl: [['prolog', /^\s*:-\s*\w+|^[a-z]\w*(?:\([^)]*\))?\s*:-\s/m]],
  d: [['makefile', /^\S+\.(?:o|lo|d)\s*:\s/m]],
  ts: [XML],
  tsx: [XML],
  cls: [
    ['visualbasic', /^VERSION\s+[\d.]+\s+CLASS/im],
    ['openedge', /^\s*(?:class|interface)\s+[\w.]+(?:\s+(?:inherits|implements|abstract|final)\b.*)?:\s*$/im],
    [
      'apex',
      /^\s*(?:(?:public|global|private|abstract|virtual|with|without|inherited)\s+(?:sharing\s+)?)+(?:class|interface|enum)\s/im,
    ],
  ],
  frm: [XML],
  inc: [
    ['php', /<\?(?:php|=)/],
    ['c', /^\s*#\s*(?:include|define|if|ifdef|ifndef|pragma)\b/m],
    ['assembly', /^\s*(?:%(?:macro|define)|\.(?:macro|global|equ)|[\w.]+\s+(?:equ|macro))\b/im],
  ],
  f: [['forth', /^:\s+\S+\s/m]],
  fs: [
    ['glsl', /^\s*(?:#version\b|precision\s+\w+p\s|uniform\s|varying\s|void\s+main\s*\()/m],
    ['forth', /^:\s+\S+\s.*;\s*$/m],
  ],
  cl: [['opencl', /^\s*(?:__)?kernel\s+void\b/m]],
  pp: [['puppet', /^\s*(?:class|define|node)\s+['"\w:]+\s*[({]|^\s*\w+\s*\{\s*['"$][^'"]*['"]?\s*:/m]],
  props: [XML, ['ini', /^\s*[\w.-]+\s*[=:]/m]],
}

/** The languages besides the usual one that have an ending. */
export function othersOfEnding(ending: string): string[] {
  return (Object.hasOwn(SIGNS, ending) ? (SIGNS[ending] ?? []) : []).map(([language]) => language)
}

/** The language that the text shows to be its own, of those that share the ending; undefined where nothing shows it. */
export function languageBySigns(ending: string, text: string): string | undefined {
  const signs = Object.hasOwn(SIGNS, ending) ? SIGNS[ending] : undefined
  return signs?.find(([, sign]) => sign.test(text))?.[0]
}
