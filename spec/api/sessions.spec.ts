/** Codes and sessions of browsers: each counts for who it was made for, and no longer than it should. */
import test from 'ava'
import { CODE_MS, SESSION_MS, Sessions } from '../../lib/api/browser/sessions.ts'

function sessions() {
  let time = 0
  const made = new Sessions(() => time)
  const pass = (ms: number): void => {
    time += ms
  }
  return { made, pass }
}

test('a code counts once, and for a minute', (t) => {
  const { made, pass } = sessions()
  const code = made.makeCode('ann')
  t.is(made.useCode('another'), undefined)
  t.is(made.useCode(code), 'ann')
  t.is(made.useCode(code), undefined)
  const late = made.makeCode('ann')
  pass(CODE_MS)
  t.is(made.useCode(late), undefined)
})

test('a session takes both of its secrets, and ends by itself', (t) => {
  const { made, pass } = sessions()
  const ann = made.open('ann')
  const bob = made.open('bob')
  t.is(made.holderOf(ann), 'ann')
  t.is(made.holderOf({ cookie: ann.cookie, key: bob.key }), undefined)
  t.is(made.holderOf({ cookie: bob.cookie, key: ann.key }), undefined)
  made.close({ cookie: ann.cookie, key: bob.key })
  t.is(made.holderOf(ann), 'ann')
  made.close(ann)
  t.is(made.holderOf(ann), undefined)
  pass(SESSION_MS)
  t.is(made.holderOf(bob), undefined)
})

test('of too many codes and sessions the oldest go', (t) => {
  const { made } = sessions()
  const codes = Array.from({ length: 101 }, () => made.makeCode('ann'))
  t.deepEqual([made.useCode(codes[0]!), made.useCode(codes[1]!)], [undefined, 'ann'])
  const open = Array.from({ length: 1001 }, () => made.open('ann'))
  t.deepEqual([made.holderOf(open[0]!), made.holderOf(open[1]!)], [undefined, 'ann'])
})
