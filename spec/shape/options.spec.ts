/** Options of components as a table: what is not in it is refused, what is left out has its default. */
import test from 'ava'
import type { TyphoonError } from '../../lib/index.ts'
import {
  any,
  checkOptions,
  choice,
  count,
  flag,
  integer,
  map,
  type OptionTable,
  positive,
  secret,
  text,
  texts,
} from '../../lib/shape/options.ts'

interface ThingOptions {
  readonly name?: string
  readonly mode?: 'slow' | 'fast'
  readonly rows?: number
  readonly port?: number
  readonly rate?: number
  readonly loud?: boolean
  readonly token?: string
  readonly tags?: readonly string[]
  readonly kinds?: readonly ('a' | 'b')[]
  readonly env?: object
  readonly make?: () => number
}

const TABLE = {
  name: text(),
  mode: choice(['slow', 'fast'], { default: 'slow' }),
  rows: count({ default: 10, least: 1 }),
  port: integer({ default: 6379, least: 1 }),
  rate: positive({ default: 1 }),
  loud: flag(),
  token: secret(),
  tags: texts(),
  kinds: texts<'a' | 'b'>(['a', 'b']),
  env: map(),
  make: any(),
} satisfies OptionTable<ThingOptions>

function refused(given: object): TyphoonError {
  try {
    checkOptions('Thing', given as ThingOptions, TABLE)
  } catch (error) {
    return error as TyphoonError
  }
  throw new Error('it was accepted')
}

test('what is left out, or undefined, has its default', (t) => {
  const unset = {
    name: undefined,
    token: undefined,
    tags: undefined,
    kinds: undefined,
    env: undefined,
    make: undefined,
  }
  const chosen = { ...unset, mode: 'slow', rows: 10, port: 6379, rate: 1, loud: false } as const
  t.deepEqual(checkOptions('Thing', {}, TABLE), chosen)
  t.deepEqual(checkOptions('Thing', { rows: undefined } as object, TABLE), chosen)
})

test('what is given is taken', (t) => {
  const given: Required<ThingOptions> = {
    name: 'n',
    mode: 'fast',
    rows: Number.POSITIVE_INFINITY,
    port: 1,
    rate: 0.5,
    loud: true,
    token: 't',
    tags: ['x'],
    kinds: ['a', 'a'],
    env: {},
    make: () => 1,
  }
  t.deepEqual(checkOptions('Thing', given, TABLE), given)
})

test('an option that there is not is refused, with the one that was meant', (t) => {
  const { code, message, hint } = refused({ mod: 'fast' })
  t.is(code, 'CONSTRUCTOR_FAILED')
  t.regex(message, /"mod"/)
  t.is(hint, 'did you mean "mode"?')
  t.is(refused({ toString: 1 }).code, 'CONSTRUCTOR_FAILED')
})

for (const given of [
  { name: 7 },
  { name: null },
  { mode: 'quick' },
  { rows: 0 },
  { rows: 1.5 },
  { rows: '3' },
  { port: Number.POSITIVE_INFINITY },
  { rate: 0 },
  { rate: Number.NaN },
  { loud: 'yes' },
  { tags: 'x' },
  { tags: [1] },
  { kinds: ['c'] },
  { env: [] },
])
  test(`refused by its value: ${JSON.stringify(given)}${Object.values(given)[0]}`, (t) => {
    const [name] = Object.keys(given)
    const { code, message } = refused(given)
    t.is(code, 'CONSTRUCTOR_FAILED')
    t.true(message.startsWith(`${name} of a Thing must be `))
  })

test('what is required cannot be left out', (t) => {
  const table = { seed: integer({ required: true }) }
  t.throws(() => checkOptions('Thing', {}, table as object), { code: 'CONSTRUCTOR_FAILED' })
  t.deepEqual(checkOptions('Thing', { seed: -1 }, table), { seed: -1 })
})

test('no error shows a secret', (t) => {
  t.notRegex(refused({ token: 12345 }).message, /12345/)
  t.is(refused({ token: '' }).code, 'CONSTRUCTOR_FAILED')
})

test('options that are not a map are refused', (t) => {
  for (const given of ['fast', ['fast'], null]) t.is(refused(given as object).code, 'CONSTRUCTOR_FAILED')
})
