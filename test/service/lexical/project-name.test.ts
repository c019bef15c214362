import { describe, expect, test } from 'vitest'
import { parseQueryWithin, withoutProjectName } from '../../../service/lexical/project-name.ts'
import { parseQuery } from '../../../service/lexical/query-terms.ts'

describe('the name of the project is removed from a question', () => {
  test.for([
    ['shop api retries', 'shop-api', 'retries'],
    ['ShopAPI retries', 'shop_api', 'retries'],
    ['how does Ledger post an entry?', 'ledger', 'how does post an entry?'],
    ['posting in the ledger, by account', 'ledger', 'posting, by account'],
    ['where is book.post in Ledger?', 'ledger', 'where is book.post?'],
    ["Ledger's posting", 'ledger', 'posting'],
    ['ledger book.post', 'ledger', 'book.post'],
    ['socket.io rooms', 'socket.io', 'rooms'],
    ['Straße planen', 'straße', 'planen'],
  ] as const)('%s, of %s', ([question, name, rest]) => {
    expect(withoutProjectName(question, name)).toBe(rest)
  })
})

describe('it is kept', () => {
  test.for([
    ['Ledger.post', 'as the owner of a member'],
    ['new ledger() fails', 'as what is called'],
    ['@acme/ledger imports', 'as a part of a package'],
    ['src/ledger/book.ts', 'as a folder'],
    ['ledger-cli flags', 'as a part of another name'],
    ['LedgerBook lines', 'as a part of a name in code'],
    ['where is the ledger', 'as the only word that says something'],
    ['ledger', 'as the only word'],
  ] as const)('in "%s", %s', ([question]) => {
    expect(withoutProjectName(question, 'ledger')).toBe(question)
  })

  test('in a question to a project without letters in its name', () => {
    expect(withoutProjectName('posting', '...')).toBe('posting')
  })
})

describe('beside the name of the project', () => {
  test.for(['book.post', 'postEntry', 'post_entry'])('the name %s asks for its definition', (name) => {
    expect(parseQueryWithin('ledger', `ledger ${name}`)).toEqual(parseQuery(name))
  })

  test.for(['entry', 'Entry', 'posting of entries'])('"%s" remains a word of the question', (word) => {
    expect(parseQueryWithin('ledger', `ledger ${word}`)).toEqual(parseQuery(`ledger ${word}`))
  })
})
