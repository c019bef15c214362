import type { Kind } from './syntax/rule.ts'

/** What defines a name in a line, the name being group 1 (and 2, where a first name qualifies the second). */
type Patterns = readonly (readonly [Kind, RegExp])[]

const SQL_NAME = '(?:if\\s+not\\s+exists\\s+)?(["`\\[\\]\\w.$]+)'

/** For languages without a grammar, and for what a grammar knows nothing of because it is older than the language. */
export const PATTERNS: Readonly<Record<string, Patterns>> = {
  sql: [
    [
      'struct',
      new RegExp(
        `^\\s*create\\s+(?:(?:global|local|temp|temporary|unlogged|external|foreign|or\\s+replace)\\s+)*table\\s+${SQL_NAME}`,
        'i',
      ),
    ],
    [
      'function',
      new RegExp(
        `^\\s*create\\s+(?:or\\s+(?:replace|alter)\\s+)?(?:definer\\s*=\\s*\\S+\\s+)?(?:aggregate|function|procedure|proc|trigger|package(?:\\s+body)?)\\s+${SQL_NAME}`,
        'i',
      ),
    ],
    [
      'type',
      new RegExp(
        `^\\s*create\\s+(?:(?:or\\s+replace|temp|temporary|recursive|materialized|force|secure)\\s+)*(?:view|type|domain|schema|sequence|policy|role|database)\\s+${SQL_NAME}`,
        'i',
      ),
    ],
    [
      'constant',
      new RegExp(
        `^\\s*create\\s+(?:unique\\s+|clustered\\s+|nonclustered\\s+)*index\\s+(?:concurrently\\s+)?${SQL_NAME}`,
        'i',
      ),
    ],
  ],
  protobuf: [
    ['struct', /^\s*(?:message|enum)\s+(\w+)/],
    ['interface', /^\s*service\s+(\w+)/],
    ['function', /^\s*rpc\s+(\w+)/],
  ],
  thrift: [
    ['struct', /^\s*(?:struct|union|exception|enum|senum|typedef\s+\S+)\s+(\w+)/],
    ['interface', /^\s*service\s+(\w+)/],
  ],
  graphql: [
    ['type', /^\s*(?:extend\s+)?(?:type|input|interface|union|enum|scalar)\s+(\w+)/],
    ['type', /^\s*directive\s+@(\w+)/],
    ['function', /^\s*(?:query|mutation|subscription|fragment)\s+(\w+)/],
  ],
  prisma: [['struct', /^\s*(?:model|enum|type|view)\s+(\w+)\s*\{/]],
  terraform: [
    ['object', /^\s*(?:resource|data)\s+"([^"]+)"\s+"([^"]+)"/],
    ['object', /^\s*(?:variable|output|module|provider)\s+"([^"]+)"/],
  ],
  bicep: [['object', /^\s*(?:resource|module|param|var|output|func|type)\s+(\w+)/]],
  dockerfile: [
    ['section', /^\s*FROM\s+\S.*?\s+AS\s+(\S+)\s*$/i],
    ['constant', /^\s*(?:ARG|ENV)\s+(\w+)/i],
  ],
  makefile: [['function', /^([\w./%-]+(?:\s+[\w./%-]+)*)\s*::?(?!=)/]],
  cmake: [['function', /^\s*(?:function|macro|add_library|add_executable|add_custom_target|option)\s*\(\s*([\w:-]+)/i]],
  yaml: [['property', /^(?:([\w.-]+):(?:\s|$)| {2}([\w.-]+):\s*$)/]],
  toml: [['section', /^\s*\[+\s*([\w."'-]+)\s*\]+/]],
  ini: [['section', /^\s*\[\s*([^\]\s]+)\s*\]/]],
  lua: [
    ['function', /^\s*(?:local\s+)?function\s+([\w.:]+)/],
    ['function', /^\s*(?:local\s+)?([\w.]+)\s*=\s*function\b/],
  ],
  perl: [
    ['function', /^\s*sub\s+([\w:]+)/],
    ['module', /^\s*package\s+([\w:]+)/],
  ],
  r: [['function', /^\s*([\w.]+)\s*(?:<-|=)\s*function\b/]],
  julia: [
    ['function', /^\s*(?:@\w+\s+)*(?:function|macro)\s+([\w.!]+)/],
    ['struct', /^\s*(?:mutable\s+struct|struct|abstract\s+type|primitive\s+type|module)\s+(\w+)/],
    ['function', /^([\w.!]+)\([^=]*\)\s*=[^=]/],
  ],
  elixir: [
    ['module', /^\s*(?:defmodule|defprotocol|defimpl)\s+([\w.]+)/],
    ['function', /^\s*(?:def|defp|defmacro|defmacrop|defguard|defdelegate)\s+([\w?!]+)/],
  ],
  erlang: [['function', /^([a-z]\w*)\s*\(.*->/]],
  haskell: [
    ['type', /^(?:data|newtype|type|class)\s+(?:\([^)]*\)\s*=>\s*)?(?:family\s+)?(\w+)/],
    ['function', /^([a-z_][\w']*)\s*::/],
  ],
  elm: [
    ['type', /^type\s+(?:alias\s+)?(\w+)/],
    ['function', /^([a-z]\w*)\s*:\s/],
  ],
  purescript: [
    ['type', /^(?:data|newtype|type|class)\s+(\w+)/],
    ['function', /^([a-z_][\w']*)\s*::/],
  ],
  ocaml: [
    ['function', /^\s*(?:let|and|val|external)\s+(?:rec\s+|inline\s+)?([a-z_][\w']*)/],
    ['type', /^\s*(?:type|module|class|exception)\s+(?:type\s+|rec\s+|'\w+\s+|\([^)]*\)\s+)?([\w']+)/],
  ],
  fsharp: [
    [
      'function',
      /^\s*(?:let|member\s+\w+\.|static\s+member)\s*(?:rec\s+|inline\s+|private\s+|mutable\s+)*([a-zA-Z_][\w']*)/,
    ],
    ['type', /^\s*(?:type|module|namespace|exception)\s+(?:rec\s+|private\s+|internal\s+)*([\w.']+)/],
  ],
  clojure: [['function', /^\s*\((?:def\w*|ns)\s+(?:\^\S+\s+)*([\w.*+!?<>=/-]+)/]],
  lisp: [['function', /^\s*\((?:def\w*|cl-def\w+|define)\s+\(?'?([\w.*+!?<>=/:-]+)/]],
  dart: [
    [
      'class',
      /^\s*(?:(?:abstract|base|final|sealed|interface|mixin)\s+)*(?:class|mixin|enum|extension|typedef)\s+(\w+)/,
    ],
    [
      'function',
      /^\s*(?:(?:static|external|final|override)\s+)*[\w<>,?[\] ]+\s+(?!if\b|for\b|while\b|switch\b|return\b|catch\b)(\w+)\s*\([^;]*\)\s*(?:async\*?\s*|sync\*\s*)?(?:\{|=>)/,
    ],
  ],
  zig: [
    ['function', /^\s*(?:pub\s+|export\s+|extern\s+|inline\s+)*fn\s+(\w+)/],
    [
      'type',
      /^\s*(?:pub\s+)?const\s+(\w+)\s*(?::[^=]+)?=\s*(?:extern\s+|packed\s+)?(?:struct|enum|union|opaque|error)\b/,
    ],
  ],
  nim: [
    ['function', /^\s*(?:proc|func|method|iterator|template|macro|converter)\s+`?(\w+)/],
    ['type', /^\s*(\w+)\*?\s*=\s*(?:ref\s+|ptr\s+)?(?:object|enum|tuple|distinct)\b/],
  ],
  crystal: [
    ['class', /^\s*(?:abstract\s+|private\s+)*(?:class|struct|module|enum|lib|annotation)\s+([\w:]+)/],
    ['function', /^\s*(?:private\s+|protected\s+|abstract\s+)*(?:def|macro|fun)\s+([\w.?!=]+)/],
  ],
  objectivec: [
    ['class', /^\s*@(?:interface|implementation|protocol)\s+(\w+)/],
    ['method', /^\s*[-+]\s*\([^)]*\)\s*(\w+)/],
    ['function', /^(?:static\s+|inline\s+|extern\s+)*[A-Za-z_][\w *]*[ *](\w+)\s*\([^;]*$/],
  ],
  matlab: [
    ['function', /^\s*function\s+(?:[^=(]*=\s*)?([\w.]+)/],
    ['class', /^\s*classdef\s+(?:\([^)]*\)\s*)?(\w+)/],
  ],
  verilog: [
    [
      'module',
      /^\s*(?:module|macromodule|interface|package|program|class|primitive)\s+(?:automatic\s+|static\s+)?(\w+)/,
    ],
    [
      'function',
      /^\s*(?:virtual\s+|static\s+|extern\s+)*(?:function|task)\s+(?:automatic\s+|static\s+)?(?:[\w:[\] ]+\s+)?(\w+)\s*[;(]/,
    ],
  ],
  vhdl: [['module', /^\s*(?:entity|architecture|package(?:\s+body)?|component|function|procedure)\s+(\w+)/i]],
  coq: [
    [
      'function',
      /^\s*(?:(?:Global|Local|Program|Polymorphic)\s+)*(?:Theorem|Lemma|Corollary|Proposition|Fact|Remark|Example|Definition|Fixpoint|CoFixpoint|Inductive|CoInductive|Record|Structure|Class|Instance|Module|Section|Axiom|Parameter|Ltac|Notation|Function)\s+([\w']+)/,
    ],
  ],
  solidity: [
    ['class', /^\s*(?:abstract\s+)?(?:contract|interface|library|struct|enum)\s+(\w+)/],
    ['function', /^\s*(?:function|modifier|event|error)\s+(\w+)/],
  ],
  powershell: [['function', /^\s*(?:function|filter|class|enum|workflow)\s+(?:\w+:)?([\w-]+)/i]],
  batch: [['function', /^:([\w-]+)/]],
  fish: [['function', /^\s*function\s+([\w.-]+)/]],
  tcl: [['function', /^\s*proc\s+([\w:]+)/]],
  viml: [['function', /^\s*fu(?:nction)?!?\s+([\w:#.]+)/]],
  gdscript: [
    ['function', /^\s*(?:static\s+)?func\s+(\w+)/],
    ['class', /^\s*(?:class|class_name|enum|signal)\s+(\w+)/],
  ],
  groovy: [
    ['class', /^\s*(?:(?:public|private|protected|abstract|final|static)\s+)*(?:class|interface|trait|enum)\s+(\w+)/],
    ['function', /^\s*(?:(?:public|private|protected|static|final)\s+)*def\s+(\w+)\s*\(/],
    ['function', /^\s*(?:task|tasks\.register)[\s(]+['"]?(\w+)/],
  ],
  glsl: [['function', /^\s*(?:(?:vertex|fragment|kernel)\s+)?(?:struct|\w+)\s+(\w+)\s*(?:\(|\{)/]],
  pascal: [['function', /^\s*(?:class\s+)?(?:function|procedure|constructor|destructor)\s+([\w.]+)/i]],
  ada: [
    ['function', /^\s*(?:overriding\s+)?(?:function|procedure|package(?:\s+body)?|task(?:\s+type)?|type)\s+([\w.]+)/i],
  ],
  fortran: [
    [
      'function',
      /^\s*(?:(?:pure|elemental|recursive|integer|real|logical)\s+)*(?:subroutine|function|module|program|type)\s+(?:::\s*)?(\w+)/i,
    ],
  ],
  cython: [
    ['class', /^\s*(?:cdef\s+)?class\s+(\w+)/],
    ['function', /^\s*(?:def|cpdef|cdef)\s+(?:inline\s+)?(?:[\w.*\][]+\s+)*(\w+)\s*\(/],
  ],
  css: [['constant', /^\s*(--[\w-]+)\s*:/]],
  scss: [
    ['function', /^\s*@(?:mixin|function)\s+([\w-]+)/],
    ['constant', /^\s*(\$[\w-]+)\s*:/],
  ],
  less: [['constant', /^\s*(@[\w-]+)\s*:/]],
  restructuredtext: [
    ['section', /^\.\.\s+(?:py:)?(?:function|class|method|module|data|exception|setting|attribute)::\s*([\w.]+)/],
  ],
  latex: [['section', /^\s*\\(?:part|chapter|(?:sub)*section)\*?\{([^}]+)\}/]],
  // What macros define is no syntax to the grammar.
  rust: [
    [
      'function',
      /^\s*(?:pub(?:\([^)]*\))?\s+)?(?:(?:async|const|unsafe)\s+)*(?:struct|enum|union|trait|fn|macro_rules!)\s+(\w+)/,
    ],
  ],
  kotlin: [
    ['class', /^\s*(?:[a-z]+\s+)*(?:class|interface|object|typealias)\s+(\w+)/],
    ['function', /^\s*(?:[a-z]+\s+)*fun\s+(?:<[^>]*>\s*)?(?:[\w.<>?, *]+\.)?(\w+)\s*\(/],
  ],
  scala: [
    ['class', /^\s*(?:[a-z]+(?:\[\w+\])?\s+)*(?:class|trait|object|enum|type)\s+(\w+)/],
    ['function', /^\s*(?:[a-z]+(?:\[\w+\])?\s+)*def\s+(\w+)/],
    ['constant', /^\s*(?:[a-z]+\s+)*given\s+(\w+)\s*(?:\[[^\]]*\]\s*)?(?:\([^)]*\)\s*)?:/],
  ],
  swift: [
    [
      'class',
      /^\s*(?:[a-z@]\w*(?:\([^)]*\))?\s+)*(?:class|struct|enum|protocol|actor|typealias|associatedtype|macro)\s+(\w+)/,
    ],
    ['function', /^\s*(?:[a-z@]\w*(?:\([^)]*\))?\s+)*func\s+(\w+)/],
  ],
}
