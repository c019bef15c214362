import { IN_SCRIPTS, type Patterns } from './line-patterns.ts'

/** Languages whose definitions a few patterns cover. */
export const SMALL_LANGUAGE_PATTERNS: Readonly<Record<string, Patterns>> = {
  raku: [
    ['class', /^\s*(?:unit\s+)?(?:my\s+|our\s+)?(?:class|role|grammar|module|package|enum|subset)\s+([\w:-]+)/],
    [
      'function',
      /^\s*(?:(?:my|our|multi|proto|only)\s+)*(?:sub|method|submethod|token|rule|regex|macro)\s+!?([\w'-]+)/,
    ],
    ['property', /^\s*has\s+(?:[\w:[\]]+\s+)?[$@%][.!]([\w-]+)/],
    ['constant', /^\s*(?:my\s+|our\s+)?constant\s+[$@%\\]?([\w-]+)/],
  ],
  lean: [
    [
      'type',
      /^\s*(?:@\[[^\]]*\]\s*)?(?:(?:private|protected|noncomputable|unsafe|scoped|local)\s+)*(?:structure|inductive|class(?:\s+inductive)?|namespace)\s+([\w.'!?]+)/,
    ],
    [
      'function',
      /^\s*(?:@\[[^\]]*\]\s*)?(?:(?:private|protected|noncomputable|partial|unsafe|nonrec|scoped|local)\s+)*(?:def|theorem|lemma|abbrev|instance|axiom|opaque|macro|syntax|elab)\s+(?!:)([\w.'!?₀-₉]+)/,
    ],
  ],
  agda: [
    ['type', /^\s*(?:data|record|module|postulate|pattern)\s+([^\s(){}:]+)/],
    ['function', /^\s*([^\s(){}:;,"-][^\s(){};]*)\s+:\s/],
  ],
  idris: [
    ['type', /^\s*(?:(?:public\s+)?export\s+)?(?:data|record|interface|namespace|module)\s+([\w.']+)/],
    ['function', /^\s*(?:(?:public\s+)?export\s+)?([a-z_][\w']*)\s*:\s/],
  ],
  isabelle: [
    [
      'function',
      /^\s*(?:theorem|lemma|corollary|proposition|definition|fun|function|primrec|datatype|record|locale|class|abbreviation|type_synonym|theory|inductive(?:_set)?|instantiation)\s+(?:\([^)]*\)\s*)?(?:'\w+\s+|\([^)]*\)\s+)?([\w']+)/,
    ],
  ],
  sml: [
    ['module', /^\s*(?:structure|signature|functor)\s+(\w+)/],
    ['function', /^\s*(?:fun|and|val)\s+(?:rec\s+)?(?:'\w+\s+|\([^)]*\)\s+)?([A-Za-z][\w']*)/],
    ['type', /^\s*(?:datatype|type|eqtype|exception|abstype)\s+(?:'\w+\s+|\([^)]*\)\s+)?([A-Za-z][\w']*)/],
    ['member', /^\s*\|\s*([A-Z][\w']*)\s*(?:of\b.*)?$/],
  ],
  tla: [
    ['module', /^-{4,}\s*MODULE\s+(\w+)/],
    ['function', /^\s*([A-Za-z]\w*)(?:\([^)]*\)|\[[^\]]*\])?\s*==/],
  ],
  cairo: [
    ['module', /^\s*(?:pub\s+)?(?:mod|trait)\s+(\w+)/],
    ['struct', /^\s*(?:pub\s+)?(?:struct|enum|impl)\s+(\w+)/],
    ['function', /^\s*(?:pub\s+)?(?:extern\s+)?(?:fn|func)\s+(\w+)/],
    ['constant', /^\s*(?:pub\s+)?const\s+(\w+)/],
    ['type', /^\s*(?:pub\s+)?type\s+(\w+)/],
  ],
  noir: [
    ['module', /^\s*(?:pub(?:\(crate\))?\s+)?(?:mod|trait)\s+(\w+)/],
    ['struct', /^\s*(?:pub(?:\(crate\))?\s+)?(?:struct|enum)\s+(\w+)/],
    ['function', /^\s*(?:pub(?:\(crate\))?\s+)?(?:(?:unconstrained|comptime)\s+)*fn\s+(\w+)/],
    ['constant', /^\s*(?:pub(?:\(crate\))?\s+)?(?:comptime\s+)?global\s+(\w+)/],
  ],
  vyper: [
    ['struct', /^(?:event|struct|interface|flag|enum)\s+(\w+)/],
    ['function', /^\s*def\s+(\w+)/],
    ['constant', /^([A-Za-z_]\w*)\s*:\s*[\w(]/],
  ],
  circom: [
    ['function', /^\s*(?:template|function|bus)\s+(?:(?:custom|parallel)\s+)?(\w+)/],
    ['constant', /^component\s+(\w+)/],
  ],
  ballerina: [
    [
      'function',
      /^\s*(?:(?:public|private|isolated|remote|resource|transactional)\s+)*function\s+(?:(?:get|post|put|delete|patch)\s+)?([\w./']+)/,
    ],
    ['class', /^\s*(?:(?:public|isolated|distinct|client|readonly|service)\s+)*class\s+(\w+)/],
    ['type', /^\s*(?:public\s+)?(?:type|enum|const|annotation)\s+(?:\w+\s+(?==))?(\w+)/],
  ],
  typespec: [
    ['struct', /^\s*(?:model|interface|union|enum|scalar|alias|namespace)\s+([\w.]+)/],
    ['function', /^\s*op\s+(\w+)/],
  ],
  pkl: [
    ['class', /^\s*(?:(?:abstract|open|external|local|const)\s+)*(?:class|typealias|module)\s+([\w.]+)/],
    ['function', /^\s*(?:(?:local|const|external|abstract)\s+)*function\s+(\w+)/],
    ['property', /^(?:(?:local|const|fixed|hidden)\s+)*(\w+)\s*(?::[^=]+)?(?:=(?!=)|\{)/],
  ],
  jsonnet: [
    ['function', /^\s*local\s+(\w+)\s*(?:\([^)]*\)\s*)?=/],
    ['property', /^\s+['"]?([\w-]+)['"]?\s*(?:\([^)]*\)\s*)?::/],
  ],
  qml: [
    ['function', /^\s*(?:function|signal)\s+(\w+)/],
    ['property', /^\s*(?:(?:default|required|readonly)\s+)*property\s+\S+\s+(\w+)/],
    ['object', /^\s*(?:component\s+(\w+)\s*:|id\s*:\s*(\w+))/],
  ],
  slint: [
    ['class', /^\s*(?:export\s+)?(?:global|struct|enum|component)\s+([\w-]+)/],
    ['property', /^\s*(?:(?:in|out|in-out|private)\s+)?property\s*<[^>]*>\s+([\w-]+)/],
    ['function', /^\s*(?:(?:public|pure|protected)\s+)*(?:callback|function)\s+([\w-]+)/],
  ],
  webassembly: [
    ['function', /\((?:func|global|memory|table|type)\s+\$([\w.$-]+)/],
    ['function', /\(export\s+"([^"]+)"/],
  ],
  llvm: [
    ['function', /^(?:define|declare)\b.*?@"?([\w.$-]+)"?\s*\(/],
    ['type', /^%"?([\w.$]+)"?\s*=\s*type\b/],
    ['constant', /^@"?([\w.$]+)"?\s*=/],
  ],
  mlir: [['function', /^\s*(?:[\w.]+\.)?func\s+(?:\w+\s+)*@([\w.$-]+)/]],
  templ: [
    ['function', /^(?:templ|func|css|script)\s+(?:\([^)]*\)\s*)?(\w+)/],
    ['struct', /^type\s+(\w+)/],
  ],
  gotemplate: [['function', /\{\{-?\s*(?:define|block)\s+"([^"]+)"/], ...IN_SCRIPTS],
  twig: [['function', /\{%-?\s*(?:macro|block)\s+(\w+)/], ...IN_SCRIPTS],
  liquid: [['constant', /\{%-?\s*(?:assign|capture|increment)\s+(\w+)/], ...IN_SCRIPTS],
  handlebars: [['function', /\{\{#\*?inline\s+"([^"]+)"/], ...IN_SCRIPTS],
  mako: [['function', /<%(?:def|block)\s+name\s*=\s*"(\w+)/]],
  freemarker: [['function', /<#(?:macro|function|assign|global)\s+(\w+)/]],
  velocity: [['function', /^\s*#macro\s*\(\s*(\w+)/]],
  smarty: [['function', /\{(?:function\s+name=|block\s+name=|function\s+|block\s+)["']?(\w+)/]],
  stylus: [
    ['function', /^([A-Za-z][\w-]*)\([^)]*\)\s*$/],
    ['constant', /^([\w$-]+)\s*[?:]?=/],
    ['section', /^\s*[.#]([A-Za-z_][\w-]*)\s*$/],
  ],
  haml: [['section', /^\s*(?:%\w+)?[#.]([A-Za-z_][\w-]*)/]],
  idl: [
    [
      'interface',
      /^\s*(?:(?:partial|callback)\s+)?(?:interface|dictionary|enum|namespace|module|struct|mixin)\s+(?:mixin\s+)?(\w+)/,
    ],
    ['type', /^\s*typedef\s+[^;]*?(\w+)\s*;/],
    ['method', /^\s+(?:\[[^\]]*\]\s*)?(?:static\s+)?[\w<>?:]+\s+(\w+)\s*\([^;]*\)\s*;/],
  ],
  avro: [
    ['struct', /^\s*(?:record|protocol|enum|fixed|error)\s+(\w+)/],
    ['struct', /"name"\s*:\s*"([\w.]+)"/],
  ],
  autohotkey: [
    ['class', /^\s*class\s+(\w+)/i],
    [
      'function',
      /^\s*(?:static\s+)?(?!if\b|while\b|for\b|loop\b|switch\b|return\b|catch\b)(\w+)\([^)]*\)\s*(?:\{|=>)/i,
    ],
  ],
  autoit: [
    ['function', /^\s*(?:Volatile\s+)?Func\s+(\w+)/i],
    ['constant', /^\s*Global\s+(?:Const\s+|Enum\s+)?(\$\w+)/i],
  ],
  nsis: [
    ['function', /^\s*(?:Function|!macro|Section(?:Group)?)\s+(?:\/\w+\s+)*"?([\w.${}-]+)/i],
    ['macro', /^\s*!define\s+(?:\/\w+\s+)*(\w+)/i],
  ],
  applescript: [
    ['function', /^\s*(?:on|to)\s+(?!error\b|run\b)(\w+)/i],
    ['class', /^\s*script\s+(\w+)/i],
    ['property', /^\s*property\s+(\w+)\s*:/i],
  ],
  actionscript: [
    ['class', /^\s*(?:(?:public|internal|final|dynamic)\s+)*(?:class|interface)\s+(\w+)/],
    [
      'method',
      /^\s*(?:(?:public|private|protected|internal|static|override|final)\s+)*function\s+(?:(?:get|set)\s+)?(\w+)/,
    ],
    ['property', /^\s*(?:(?:public|private|protected|internal|static)\s+)+(?:var|const)\s+(\w+)/],
  ],
  sas: [
    ['macro', /^\s*%macro\s+(\w+)/i],
    ['object', /^\s*data\s+([\w.]+)/i],
    ['function', /^\s*(?:function|subroutine)\s+(\w+)\s*\(/i],
  ],
  stata: [['function', /^\s*program\s+(?:define\s+|def\s+)?(?!drop\b|dir\b|list\b)(\w+)/]],
  stan: [
    ['section', /^(functions|data|transformed data|parameters|transformed parameters|model|generated quantities)\s*\{/],
    ['function', /^\s+(?:array\s*\[[^\]]*\]\s*)?(?:real|int|void|vector|row_vector|matrix|complex)\s+(\w+)\s*\(/],
  ],
  razor: [
    [
      'method',
      /^\s+(?:(?:public|private|protected|internal|static|async|override|virtual|sealed)\s+)+[\w<>?,.[\]]+\s+(\w+)\s*\(/,
    ],
    [
      'method',
      /^\s+(?!return\b|await\b|else\b|new\b|throw\b|using\b)[A-Za-z][\w<>?,.[\]]*\s+(?!if\b|for\b|foreach\b|while\b|switch\b)(\w+)\s*\([^;]*\)\s*(?:\{|=>|$)/,
    ],
    [
      'property',
      /^\s+(?:(?:\[[^\]]*\]|public|private|protected|internal|required)\s+)+[\w<>?,.[\]]+\s+(\w+)\s*\{\s*get\b/,
    ],
    [
      'field',
      /^\s+(?:(?:public|private|protected|internal|static|readonly|const)\s+)+[\w<>?,.[\]]+\s+(\w+)\s*(?:=(?!=)|;)/,
    ],
    ['section', /^\s*@section\s+(\w+)/],
    ['property', /^\s*@inject\s+[\w<>?,.[\]]+\s+(\w+)/],
    ...IN_SCRIPTS,
  ],
  org: [
    ['section', /^\*+\s+(?:(?:TODO|DONE|NEXT|WAIT(?:ING)?|CANCELLED)\s+)?(?:\[#\w\]\s+)?(\S.*?)(?:\s+:[\w:@]+:)?\s*$/],
  ],
  typst: [
    ['section', /^=+\s+(\S.*)/],
    ['function', /^\s*#?let\s+([\w-]+)/],
  ],
  antlr: [
    ['module', /^\s*(?:(?:lexer|parser)\s+)?grammar\s+(\w+)/],
    [
      'function',
      /^(?:fragment\s+)?(?!fragment\b|mode\b|import\b|options\b|tokens\b|channels\b)([A-Za-z_]\w*)(?:\[[^\]]*\])?\s*(?:(?:returns|locals|options)\b[^:]*)?(?::(?!:)|$)/,
    ],
    ['section', /^mode\s+(\w+)/],
  ],
  yacc: [
    ['function', /^([a-z_][\w.]*)\s*(?::(?!:)|$)/],
    ['constant', /^%(?:token|type|left|right|nonassoc)\s+(?:<[^>]*>\s*)?(\w+)/],
  ],
  pest: [['function', /^\s*(\w+)\s*=\s*[_@$!]?\s*\{/]],
  lalrpop: [
    ['function', /^(?:pub\s+)?(?!grammar\b|use\b|extern\b|enum\b|match\b)([A-Za-z]\w*)(?:<[^>]*>)?\s*(?::(?!:)|=)/],
  ],
  reason: [
    ['function', /^\s*(?:let|external|and)\s+(?:rec\s+)?([a-z_]\w*)/],
    ['type', /^\s*(?:type|module|exception|class)\s+(?:type\s+|rec\s+|nonrec\s+)?(\w+)/],
    ['member', /^\s*\|\s*([A-Z]\w*)\s*(?:\([^)]*\))?\s*;?\s*$/],
  ],
  dhall: [['function', /^\s*let\s+`?([\w-]+)`?/]],
  prolog: [
    ['module', /^:-\s*module\(\s*(\w+)/],
    ['function', /^([a-z]\w*)(?:\([^:]*\))?\s*(?::-|-->|\.\s*$)/],
  ],
  bitbake: [
    ['function', /^(?:fakeroot\s+)?(?:python\s+)?([a-z_]\w*)(?::\w+)*\s*\(\)\s*\{/],
    ['function', /^def\s+(\w+)/],
    ['constant', /^(?:export\s+)?([A-Z_]\w*)(?::[\w${}-]+|\[\w+\])*\s*(?:[?+:.]{0,2}=|=[+.])/],
  ],
  robotframework: [['function', /^(?![*#|])((?:\S+ )*\S+)\s*$/]],
  kusto: [
    ['function', /^\s*let\s+(\w+)\s*=/],
    ['function', /^\s*\.create(?:-or-alter)?\s+(?:function|table|materialized-view)\s+(?:with\s*\([^)]*\)\s*)?(\w+)/],
  ],
  wit: [
    ['interface', /^\s*(?:interface|world|record|variant|enum|flags|resource|type)\s+%?([\w-]+)/],
    ['function', /^\s*(?:export\s+|import\s+)?%?([\w-]+)\s*:\s*(?:static\s+|async\s+)*func\b/],
  ],
  cds: [
    ['struct', /^\s*(?:define\s+|extend\s+|abstract\s+)*(?:entity|service|type|aspect|context|view|event)\s+([\w.]+)/],
    ['function', /^\s*(?:action|function)\s+(\w+)/],
  ],
  scilab: [['function', /^\s*function\s+(?:[^=(]*=\s*)?(\w+)/]],
}
