import { expect, test } from 'vitest'
import { languageOf } from '../../../service/indexing/files/languages.ts'

test.for([
  ['src/a.ts', 'typescript'],
  ['src/A.TSX', 'typescript'],
  ['a.mjs', 'javascript'],
  ['a.py', 'python'],
  ['Dockerfile', 'dockerfile'],
  ['docker/Dockerfile.dev', 'dockerfile'],
  ['Makefile', 'makefile'],
  ['CMakeLists.txt', 'cmake'],
  ['main.tf', 'terraform'],
  ['a.b.yaml', 'yaml'],
  ['README.md', 'markdown'],
  ['Gemfile', 'ruby'],
  ['LICENSE', 'text'],
  ['constructor', 'text'],
  ['a.constructor', 'text'],
  ['a.unknown', 'text'],
] as const)('takes %s for %s', ([path, language]) => {
  expect(languageOf(path)).toBe(language)
})

test.for([
  ['#!/bin/sh\n', 'bash'],
  ['#!/usr/bin/env python3.12\n', 'python'],
  ['#!/usr/bin/env -S node --no-warnings\n', 'javascript'],
  ['#! /usr/local/bin/ruby -w\n', 'ruby'],
  ['#!/usr/bin/env\n', 'text'],
  ['#!/opt/own/program\n', 'text'],
] as const)('knows a file without extension by its first line %j', ([text, language]) => {
  expect(languageOf('bin/run', text)).toBe(language)
})

test('tells a C++ header from a C header by what is in it', () => {
  expect(languageOf('list.h', '#pragma once\nstruct list { int n; };\n')).toBe('c')
  expect(languageOf('list.h', '#pragma once\nnamespace x {\n  class List;\n}\n')).toBe('cpp')
})
