import { describe, expect, test } from 'vitest'
import { parseQuery } from '../../../service/lexical/query-terms.ts'
import { definitionTerm } from '../../../service/lexical/terms.ts'
import { partsOfName } from '../../../service/lexical/written-name.ts'

describe('a name has the same parts in the notation of', () => {
  test.each([
    ['Go', '(*Char).splice', ['Char', 'splice']],
    ['Go, with the package', 'text.(*Char[T]).splice', ['text', 'Char', 'splice']],
    ['Go, as declared', 'func (c *Char) splice()', ['Char', 'splice']],
    ['Erlang', 'refsrv:prn_to/1', ['refsrv', 'prn_to']],
    ['Elixir', '&MyApp.Accounts.get_user!/1', ['MyApp', 'Accounts', 'get_user!']],
    ['Objective-C', '-[Shape moveTo:animated:]', ['Shape', 'moveTo']],
    ['Objective-C, with a category', '+[Shape(Round) shared]', ['Shape', 'shared']],
    ['a selector', 'moveTo:animated:', ['moveTo']],
    ['the JVM', 'Outer$Inner.run', ['Outer', 'Inner', 'run']],
    ['Rust, of a trait', '<Config<T> as Display>::fmt', ['Config', 'fmt']],
    ['Rust, with arguments', 'crate::parse::<Vec<u8>>', ['parse']],
    ['C++', 'std::vector<int>::push_back', ['std', 'vector', 'push_back']],
    ['JavaScript', 'Cart.prototype.add', ['Cart', 'add']],
    ['TypeScript', 'this.cart?.add<T>(item)', ['cart', 'add']],
    ['a call', 'await cart.add(item)', ['cart', 'add']],
    ['a declaration', 'export abstract class Cart', ['Cart']],
    ['JSX', '<Cart />', ['Cart']],
    ['a decorator', '@Injectable()', ['Injectable']],
    ['gRPC', '/shop.v1.Orders/GetOrder', ['shop', 'v1', 'Orders', 'GetOrder']],
    ['Clojure', "#'my.core/handler", ['my', 'core', 'handler']],
    ['C++, of an operator', 'Vec::operator->', ['Vec', 'operator->']],
    ['C++, of an operator with a space', 'operator ()(int)', ['operator()']],
    ['Ruby, of an operator', 'Vec#[]=', ['Vec', '[]=']],
    ['Elixir, of an operator', 'Shop.<~>/2', ['Shop', '<~>']],
    ['Julia, of an operator', 'Base.:(==)', ['Base', '==']],
    ['Haskell, of an operator', '(<+>)', ['<+>']],
    ['PHP, of a property', 'OrderBook::$size', ['OrderBook', 'size']],
    ['Perl, of the object', '$self->add_item', ['add_item']],
    ['nothing but signs', '>>=', ['>>=']],
  ])('%s: %s', (_, written, parts) => {
    expect(partsOfName(written)).toEqual(parts)
  })
})

test.each(['(*Char).splice', 'Char.splice/2', '-[Char splice:at:]', '<Char as Text>::splice', 'Char<T>.splice'])(
  'a question that is one name looks for its definition: %s',
  (query) => {
    expect(parseQuery(query).wanted?.normal).toBe(definitionTerm('splice'))
  },
)

test.each(['src/char.go', 'parse the <Char> element', 'a/1 or b/2'])('a question is not one name: %s', (query) => {
  expect(parseQuery(query).wanted?.normal).not.toBe(definitionTerm('splice'))
  expect(parseQuery(query).wanted).toBeUndefined()
})
