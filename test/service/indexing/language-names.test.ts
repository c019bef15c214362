import { describe, expect, test } from 'vitest'
import { languagesNamed } from '../../../service/indexing/files/language-names.ts'
import { EXTENSIONS } from '../../../service/indexing/files/language-table.ts'
import { FILE_NAMES, INTERPRETERS } from '../../../service/indexing/files/name-table.ts'

describe('a language', () => {
  test.each([
    ['text/x-python', ['python']],
    ['source.go, text/x-java', ['go', 'java']],
    ['tsx', ['typescript']],
    ['TS', ['typescript']],
    ['JSX', ['javascript']],
    ['c++', ['cpp']],
    ['C#', ['csharp']],
    ['Objective-C', ['objectivec']],
    ['golang', ['go']],
    ['Shell', ['bash']],
    ['sh', ['bash']],
    ['docker', ['dockerfile']],
    ['make', ['makefile']],
    ['yml', ['yaml']],
    ['.py', ['python']],
    ['*.rs', ['rust']],
    ['Visual Basic', ['visualbasic']],
    ['TypeScriptReact', ['typescript']],
    ['go-module', ['go-module']],
    ['ts, js', ['typescript', 'javascript']],
    ['["py", "rs"]', ['python', 'rust']],
    ['c/c++', ['c', 'cpp']],
    ['ts js', ['typescript', 'javascript']],
    ['ts,tsx', ['typescript']],
    ['TypeScript and JavaScript', ['typescript', 'javascript']],
    ['ts+js', ['typescript', 'javascript']],
    ['ts & js', ['typescript', 'javascript']],
    ['Java 17', ['java']],
    ['C++20', ['cpp']],
    ['c99', ['c']],
    ['Python 3.12', ['python']],
    ['HTML5', ['html']],
    ['Vue.js', ['vue']],
    ['ClojureScript', ['clojure']],
    ['.NET', ['csharp']],
    ['Starlark', ['bazel']],
    ['Fortran Free Form', ['fortran']],
    ['*', undefined],
    ['All', undefined],
    ['React', ['typescript', 'javascript']],
    ['next.js, py', ['typescript', 'javascript', 'python']],
    ['Spring Boot', ['java', 'kotlin']],
    ['Blade', ['blade']],
    ['nginx', ['ini']],
    ['Ignore List', ['gitignore']],
    ['GitHub Actions', ['yaml']],
    ['Maven POM', ['xml']],
    ['Cucumber', ['gherkin']],
    ['ndjson', ['json']],
    ['TLA+', ['tla']],
    ['Org Mode', ['org']],
    ['h', ['c', 'objectivec', 'cpp']],
    ['.v, py', ['verilog', 'coq', 'vlang', 'python']],
  ])('may be called %s', (name, languages) => {
    expect(languagesNamed(name)).toEqual(languages)
  })

  test.each(['!go', '-go', 'not Go', 'go, !go', '!golang, !md'])('%s leaves Go out', (name) => {
    expect(languagesNamed(name)).not.toContain('go')
  })

  test('that is excluded keeps all others, including plain text', () => {
    expect(languagesNamed('!go')).toEqual(expect.arrayContaining(['python', 'typescript', 'text', 'markdown']))
    expect(languagesNamed('ts, py, -ts')).toEqual(['python'])
  })

  test('may be called by each name and extension that identifies files', () => {
    const names = [...Object.values(FILE_NAMES), ...Object.values(INTERPRETERS), ...Object.keys(EXTENSIONS)]
    for (const name of names) expect(languagesNamed(name)).toEqual([name])
    for (const ending of Object.values(EXTENSIONS).flatMap((all) => all.split(' '))) {
      expect((languagesNamed(ending) ?? []).length > 1).toBe(['h', 'm', 'v'].includes(ending))
    }
  })

  test.each([
    ['pyhton', /python/],
    ['typoscript', /Did you mean typescript\?.*python/],
    ['javscript', /javascript/],
    ['ts, klingon', /typescript/],
    ['', /typescript/],
    ['constructor', /typescript/],
  ])('that is called %j is refused with suggestions', (name, remedy) => {
    expect(() => languagesNamed(name)).toThrow(
      expect.objectContaining({ code: 'request_invalid', remedy: expect.stringMatching(remedy) }),
    )
  })
})
