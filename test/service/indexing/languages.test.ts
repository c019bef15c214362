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
] as const)('identifies %s as %s', ([path, language]) => {
  expect(languageOf(path)).toBe(language)
})

test.for([
  ['#!/bin/sh\n', 'bash'],
  ['#!/usr/bin/env python3.12\n', 'python'],
  ['#!/usr/bin/env -S node --no-warnings\n', 'javascript'],
  ['#! /usr/local/bin/ruby -w\n', 'ruby'],
  ['#!/usr/bin/env\n', 'text'],
  ['#!/opt/own/program\n', 'text'],
] as const)('identifies a file without extension by its first line %j', ([text, language]) => {
  expect(languageOf('bin/run', text)).toBe(language)
})

test('distinguishes a C++ header from a C header by its content', () => {
  expect(languageOf('list.h', '#pragma once\nstruct list { int n; };\n')).toBe('c')
  expect(languageOf('list.h', '#pragma once\nnamespace x {\n  class List;\n}\n')).toBe('cpp')
})

test.for([
  ['View.h', '#import <UIKit/UIKit.h>\n@interface View\n@end\n', 'objectivec'],
  ['Sheet.m', '@implementation Sheet\n@end\n', 'objectivec'],
  ['solve.m', 'function x = solve(A)\n', 'matlab'],
  ['hello.m', ':- module hello.\n', 'mercury'],
  ['lemma.v', 'Lemma plus_n : True.\nProof. trivial. Qed.\n', 'coq'],
  ['top.v', 'module top(input clk);\nendmodule\n', 'verilog'],
  ['main.v', 'module main\n\nfn main() {\n}\n', 'vlang'],
  ['family.pl', ':- module(family, []).\nparent(a, b).\n', 'prolog'],
  ['run.pl', 'use strict;\nsub run { }\n', 'perl'],
  ['menu.ts', '<?xml version="1.0"?>\n<!DOCTYPE TS>\n', 'xml'],
  ['generic.ts', 'const id = <T>(x: T) => x\n', 'typescript'],
  ['main.d', 'main.o: main.c \\\n list.h\n', 'makefile'],
  ['main.d', 'module main;\nvoid main() {}\n', 'd'],
  ['Shop.cls', 'public with sharing class Shop {\n}\n', 'apex'],
  ['paper.cls', '\\NeedsTeXFormat{LaTeX2e}\n', 'latex'],
  ['light.fs', '#version 330\nvoid main() {}\n', 'glsl'],
  ['list.fs', 'module List\nlet rec map f = ()\n', 'fsharp'],
  ['site.pp', "class ntp {\n  package { 'ntp': }\n}\n", 'puppet'],
  ['table.inc', '#define ROWS 3\n', 'c'],
  ['page.inc', '<?php echo 1;\n', 'php'],
] as const)('chooses between the languages that share an extension: %s', ([path, text, language]) => {
  expect(languageOf(path, text)).toBe(language)
})
