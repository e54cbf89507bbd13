/** The law: a proof is good for just what it was made for. */
import test from 'ava'
import fc from 'fast-check'
import { type Exchange, isNonce, newNonce, newSecret, proofOf, proves, type Role } from '../../lib/net/proof.ts'

const exchanges: fc.Arbitrary<Exchange> = fc.record({
  dialerNonce: fc.string(),
  listenerNonce: fc.string(),
  address: fc.string(),
  dialer: fc.array(fc.string(), { maxLength: 3 }),
  listener: fc.array(fc.string(), { maxLength: 3 }),
})
const roles = fc.constantFrom<Role>('dialer', 'listener')
const cases = fc.tuple(fc.string({ minLength: 1 }), roles, exchanges)

test('who knows the secret accepts the proof', (t) => {
  fc.assert(
    fc.property(cases, ([secret, role, exchange]) => proves(proofOf(secret, role, exchange), secret, role, exchange)),
  )
  t.pass()
})

test('a proof is good for no other secret, role, random number, address, or claim', (t) => {
  fc.assert(
    fc.property(cases, cases, (one, other) => {
      fc.pre(JSON.stringify(one) !== JSON.stringify(other))
      t.false(proves(proofOf(...one), ...other))
    }),
  )
  fc.assert(
    fc.property(cases, fc.string(), ([secret, role, exchange], text) => {
      const proof = proofOf(secret, role, exchange)
      const changed: Exchange[] = [
        { ...exchange, dialerNonce: `${exchange.dialerNonce}${text}.` },
        { ...exchange, listenerNonce: `.${exchange.listenerNonce}` },
        { ...exchange, dialerNonce: exchange.listenerNonce, listenerNonce: exchange.dialerNonce },
        { ...exchange, address: `${exchange.address}/` },
        { ...exchange, dialer: [...exchange.dialer, text] },
        { ...exchange, listener: [text, ...exchange.listener] },
        { ...exchange, dialer: exchange.listener, listener: exchange.dialer },
      ].filter((one) => JSON.stringify(one) !== JSON.stringify(exchange))
      for (const one of changed) t.false(proves(proof, secret, role, one))
      t.false(proves(proof, secret, role === 'dialer' ? 'listener' : 'dialer', exchange))
    }),
  )
})

test('what is no proof proves nothing', (t) => {
  const exchange: Exchange = { dialerNonce: 'a', listenerNonce: 'b', address: 'c', dialer: [], listener: [] }
  for (const given of ['', 'secret', undefined, null, 7, [], {}, proofOf('secret', 'dialer', exchange).slice(1)])
    t.false(proves(given, 'secret', 'dialer', exchange))
})

test('random numbers and secrets are 32 bytes, and never the same', (t) => {
  const made = Array.from({ length: 100 }, () => [newNonce(), newSecret()]).flat()
  t.is(new Set(made).size, made.length)
  t.true(made.every(isNonce))
  for (const wrong of ['', 'x'.repeat(42), 'x'.repeat(44), `${'x'.repeat(42)} `, undefined]) t.false(isNonce(wrong))
})
