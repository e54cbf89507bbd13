import test from 'ava'
import { isClass, methodNames, mostArguments } from '../../lib/util/signature.ts'

class None {}
class Two {
  a: unknown
  constructor(a: unknown, b: unknown) {
    this.a = [a, b]
  }
  method(a: unknown): unknown {
    return a
  }
  static make(a: unknown, b: unknown, c: unknown): unknown {
    return [a, b, c]
  }
}
class Inherits extends Two {}
class InheritsNothing extends None {
  readonly text = 'constructor(a, b)'
}
class Rest {
  readonly all: unknown[]
  constructor(...all: unknown[]) {
    this.all = all
  }
}
class Defaults {
  readonly all: unknown
  constructor(a: unknown, b = ')') {
    this.all = [a, b]
  }
}
function Old(this: any, a: unknown): void {
  this.a = a
}
Old.prototype.method = () => {}

test('how many arguments something takes at most', (t) => {
  t.is(mostArguments(None), 0)
  t.is(mostArguments(Two), 2)
  t.is(mostArguments(Inherits), 2)
  t.is(mostArguments(Rest), Number.POSITIVE_INFINITY)
  t.is(mostArguments(Defaults), Number.POSITIVE_INFINITY)
  t.is(mostArguments(Two.make), 3)
  t.is(mostArguments(Two.prototype.method), 1)
  t.is(
    mostArguments(() => 0),
    0,
  )
  t.is(
    mostArguments((a: unknown, b: unknown) => [a, b]),
    2,
  )
  t.is(
    mostArguments(({ a }: { a: unknown }) => a),
    Number.POSITIVE_INFINITY,
  )
  t.is(mostArguments(Math.max), Number.POSITIVE_INFINITY)
})

test('where it cannot be told it is left open', (t) => {
  const all = function (): unknown {
    // biome-ignore lint/complexity/noArguments: this is the point
    return arguments
  }
  t.is(mostArguments(all), Number.POSITIVE_INFINITY)
  t.is(mostArguments(InheritsNothing), Number.POSITIVE_INFINITY)
})

test('a class is told from a function', (t) => {
  for (const value of [None, Inherits, Map, URL]) t.true(isClass(value), value.name)
  t.true(isClass(Old))
  for (const value of [() => 0, function plain() {}, async () => 0, Two.make, Math.max]) t.false(isClass(value))
})

test("the methods of an object are its own, its class's and its parents'", (t) => {
  t.deepEqual(methodNames(new Inherits(1, 2)), ['method'])
  t.deepEqual(methodNames(Two), ['make'])
})
