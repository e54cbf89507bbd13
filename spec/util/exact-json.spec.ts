import test from 'ava'
import fc from 'fast-check'
import { exactJson, parseExactJson } from '../../lib/util/exact-json.ts'

test('a whole number that a double cannot hold is a bigint, at any depth, and everything else is as JSON has it', (t) => {
  t.deepEqual(
    parseExactJson('{"a":[12345678901234567890,9007199254740991,-9007199254740993],"b":"12345678901234567890"}'),
    {
      a: [12345678901234567890n, 9007199254740991, -9007199254740993n],
      b: '12345678901234567890',
    },
  )
  t.is(parseExactJson('0.12345678901234567'), Number('0.12345678901234567'))
  t.is(parseExactJson('1234567890123456789e3'), Number('1234567890123456789e3'))
  t.throws(() => parseExactJson('[1, 1234567890123456789'))
})

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.bigInt().map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Number.isInteger(value)),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
  ),
})).value

test('what was written is read again as it was', (t) => {
  fc.assert(fc.property(json, (value) => void t.deepEqual(parseExactJson(exactJson(value)), value)))
})
