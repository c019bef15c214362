/** A language, and a pattern that matches only texts in it among the languages with the same file ending. */
type Sign = readonly [language: string, sign: RegExp]

const OBJECTIVE_C: Sign = ['objectivec', /^\s*(?:#import\b|@(?:interface|implementation|protocol|class|import)\b)/m]
const PROLOG: Sign = ['prolog', /^\s*:-\s*\w+|^[a-z]\w*(?:\([^)]*\))?\s*:-\s/m]
const XML: Sign = ['xml', /^\uFEFF?\s*<(?:\?xml|!DOCTYPE|[A-Za-z][\w:.-]*[\s>])/]

/** File endings of several languages. A text that matches none of the patterns has the usual language. */
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
  pl: [PROLOG],
  pro: [PROLOG],
  bb: [['clojure', /^\s*\((?:ns|require|defn?|println)\b/m]],
  ll: [['lex', /^%%\s*$/m]],
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

/** Returns the other languages with a file ending. */
export function othersOfEnding(ending: string): string[] {
  return (Object.hasOwn(SIGNS, ending) ? (SIGNS[ending] ?? []) : []).map(([language]) => language)
}

/** Returns the language of a text by the patterns of its ending, or undefined if none matches. */
export function languageBySigns(ending: string, text: string): string | undefined {
  const signs = Object.hasOwn(SIGNS, ending) ? SIGNS[ending] : undefined
  return signs?.find(([, sign]) => sign.test(text))?.[0]
}
