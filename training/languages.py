"""Patterns for the doc comments and definitions of each language. They are wrong for a few per cent of the code."""
import re
from dataclasses import dataclass

_MODIFIERS = (r'(?:(?:public|protected|private|internal|static|final|abstract|synchronized|default|native|override|open|inline|'
              r'suspend|implicit|lazy|sealed|operator|virtual|async|partial|readonly|unsafe|extern|infix|tailrec|data|case|value)\s+)*')


@dataclass(frozen=True)
class Language:
    name: str
    #: Start of a doc comment: `/**`, or the mark at the start of each line.
    mark: str
    definitions: tuple[re.Pattern, ...]
    #: Definitions that own their members.
    owners: tuple[re.Pattern, ...] = ()


def _language(name: str, mark: str, definitions: list[str], owners: list[str] = ()) -> Language:
    return Language(name, mark, tuple(map(re.compile, definitions)), tuple(map(re.compile, owners)))


_PYTHON = _language('python', '"""', [])
_GO = _language('go', '//', [r'^func\s+(?:\([^)]*\)\s*)?(\w+)', r'^type\s+(\w+)\s'])
_JAVA_TYPE = rf'^\s*{_MODIFIERS}(?:class|interface|enum|record|@interface)\s+(\w+)'
_JAVA = _language('java', '/**', [
    rf'^\s+{_MODIFIERS}(?:<[^;{{]*>\s+)?[\w<>\[\],.?& @]+\s+(\w+)\s*\([^;]*$',
    rf'^\s+{_MODIFIERS}(\w+)\s*\([^;]*$', _JAVA_TYPE,
], [_JAVA_TYPE])
_KOTLIN_TYPE = rf'^\s*{_MODIFIERS}(?:enum |annotation |fun |companion )?(?:class|interface|object)\s+(\w+)'
_KOTLIN = _language('kotlin', '/**', [
    rf'^\s*{_MODIFIERS}fun\s+(?:<[^>]*>\s*)?(?:[\w.<>?, ]+\.)?(\w+)\s*\(', _KOTLIN_TYPE,
], [_KOTLIN_TYPE])
_SCALA_TYPE = r'^\s*(?:[\w\[\]]+\s+)*(?:class|trait|object)\s+(\w+)'
_SCALA = _language('scala', '/**', [r'^\s*(?:[\w\[\]]+\s+)*def\s+(\w+)', _SCALA_TYPE], [_SCALA_TYPE])
_RUST_TYPE = r'^\s*(?:pub(?:\([^)]*\))?\s+)?(?:struct|enum|trait|union|type)\s+(\w+)'
_RUST = _language('rust', '///', [
    r'^\s*(?:pub(?:\([^)]*\))?\s+)?(?:const\s+|async\s+|unsafe\s+|extern\s+(?:"\w+"\s+)?)*fn\s+(\w+)',
    _RUST_TYPE, r'^\s*macro_rules!\s+(\w+)',
], [_RUST_TYPE, r'^\s*(?:unsafe\s+)?impl\b(?:<[^{]*?>)?\s+(?:[^{]*?\bfor\s+)?(?:\w+::)*(\w+)'])
_SCRIPT_TYPE = r'^\s*(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:class|interface|enum|namespace)\s+(\w+)'
_SCRIPT = [
    r'^\s*(?:export\s+)?(?:declare\s+)?(?:default\s+)?(?:async\s+)?function\s*\*?\s*(\w+)', _SCRIPT_TYPE, r'^\s*(?:export\s+)?type\s+(\w+)',
    r'^\s*(?:export\s+)?(?:const|let|var)\s+(\w+)\s*(?::[^=]*)?=', r'^\s*(?:module\.)?(?:exports|[\w.]+\.prototype|\w+)\.(\w+)\s*=\s*(?:async\s+)?(?:function|\()',
    r'^\s+(?:(?:public|private|protected|static|async|readonly|override|get|set|abstract)\s+)*[#*]?(\w+)\s*(?:<[^()]*>)?\([^;]*$',
    r'^\s+(?:(?:public|private|protected|static|readonly)\s+)*#?(\w+)\s*[=:]\s*(?:async\s*)?(?:function|\()',
]
_PHP_TYPE = r'^\s*(?:abstract\s+|final\s+|readonly\s+)*(?:class|interface|trait|enum)\s+(\w+)'
_PHP = _language('php', '/**', [r'^\s*(?:(?:public|protected|private|static|abstract|final)\s+)*function\s+&?(\w+)', _PHP_TYPE], [_PHP_TYPE])
_RUBY_TYPE = r'^\s*(?:class|module)\s+(?:\w+::)*(\w+)'
_RUBY = _language('ruby', '#', [r'^\s*def\s+(?:self\.)?(\w+[?!]?)', _RUBY_TYPE], [_RUBY_TYPE])
_C_FUNCTION = r'^(?!\s*(?:return|else|typedef|#))[\w\s*&:<>,~\[\]]*?\b(\w+)\s*\([^;]*$'
_C_TYPE = r'^\s*(?:typedef\s+)?(?:template\s*<[^>]*>\s*)?(?:class|struct|union|enum(?:\s+class)?)\s+(?:\w+_EXPORT\s+|\w+_API\s+)?(\w+)[^;]*$'
_C = _language('c', '/*', [_C_TYPE, _C_FUNCTION])
_CPP = _language('cpp', '/*', [_C_TYPE, _C_FUNCTION], [_C_TYPE])
_CS_TYPE = rf'^\s*{_MODIFIERS}(?:class|interface|enum|struct|record)\s+(\w+)'
_CSHARP = _language('csharp', '///', [_CS_TYPE, rf'^\s+{_MODIFIERS}[\w<>\[\],.?]+\s+(\w+)\s*(?:<[^>]*>)?\([^;]*$'], [_CS_TYPE])

BY_SUFFIX = {
    '.py': _PYTHON, '.go': _GO, '.java': _JAVA, '.kt': _KOTLIN, '.scala': _SCALA, '.rs': _RUST, '.php': _PHP, '.rb': _RUBY, '.cs': _CSHARP,
    **dict.fromkeys(('.ts', '.tsx', '.mts'), _language('typescript', '/**', _SCRIPT, [_SCRIPT_TYPE])),
    **dict.fromkeys(('.js', '.mjs', '.jsx'), _language('javascript', '/**', _SCRIPT, [_SCRIPT_TYPE])),
    **dict.fromkeys(('.c', '.h'), _C), **dict.fromkeys(('.cc', '.cpp', '.cxx', '.hpp', '.hh'), _CPP),
}
NOT_NAMES = {'if', 'for', 'while', 'switch', 'return', 'catch', 'new', 'else', 'throw', 'super', 'this', 'constructor', 'assert', 'await',
             'function', 'sizeof', 'defined', 'do', 'elif', 'using', 'lock', 'when'}
