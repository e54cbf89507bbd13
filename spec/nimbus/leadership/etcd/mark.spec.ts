/** How it is noticed that a store has gone back. */
import test from 'ava'
import fc from 'fast-check'
import { begun, followed, lacking, type Mark, readMark, seenIn } from '../../../../lib/nimbus/leadership/etcd/mark.ts'

let names = 0
const newName = (): string => `name ${++names}`

/** What happens to a store: a reign begins, its leader writes, or it is put back to what it was some steps ago. */
const history = fc.array(fc.constantFrom('reign', 'write', 'write', 'write'), { minLength: 1, maxLength: 25 })

/** The marks of a store, from one on, or from nothing. */
function marks(steps: readonly string[], from?: Mark): Mark[] {
  const all: Mark[] = []
  for (const step of steps) {
    const last = all.at(-1) ?? from
    all.push(
      step === 'reign' || last === undefined ? begun(last, newName(), newName(), undefined) : followed(last, newName()),
    )
  }
  return all
}

test('whatever was seen of a store is in its past, however it goes on', (t) => {
  fc.assert(
    fc.property(history, (steps) => {
      const all = marks(steps)
      for (const [index, mark] of all.entries())
        for (const later of all.slice(index)) t.is(lacking(later, seenIn(mark)), undefined)
    }),
    { numRuns: 50 },
  )
})

test('what was seen is missed in a store that has gone back, also when others have gone on with it', (t) => {
  fc.assert(
    fc.property(history, history, fc.nat(), (steps, more, at) => {
      const all = marks(steps)
      const back = all[at % all.length]!
      const seen = all.slice((at % all.length) + 1).map(seenIn)
      // Whoever goes on with it leads anew.
      for (const now of [back, ...marks(['reign', ...more], back)])
        for (const one of seen) t.not(lacking(now, one), undefined)
    }),
    { numRuns: 50 },
  )
})

test('a store that has gone back counts for all when one has accepted it, and what was seen since counts again', (t) => {
  const [first, second, third] = marks(['reign', 'write', 'write']) as [Mark, Mark, Mark]
  const accepted = begun(first, newName(), newName(), seenIn(third))
  t.is(lacking(accepted, seenIn(third)), undefined)
  t.is(lacking(accepted, seenIn(second)), undefined)
  t.not(lacking(third, seenIn(accepted)), undefined)
  t.not(lacking(undefined, seenIn(accepted)), undefined)
  t.is(lacking(undefined, undefined), undefined)
})

test('a mark of a newer version is not read, nor one that is damaged', (t) => {
  const [mark] = marks(['reign']) as [Mark]
  const content = (changed: object) => Buffer.from(JSON.stringify({ ...mark, ...changed }))
  t.deepEqual(readMark(content({})), mark)
  t.throws(() => readMark(content({ format: 2, reigns: 'otherwise' })), { code: 'STORE_NEWER' })
  t.throws(() => readMark(content({ reigns: [] })), { code: 'STORE_RESTORED' })
  t.throws(() => readMark(Buffer.from('{')), { code: 'STORE_RESTORED' })
})

test('a mark stays small, however many have led, and whoever was away for long is believed', (t) => {
  const all = marks(Array.from({ length: 1000 }, () => 'reign'))
  t.true(JSON.stringify(all.at(-1)).length < 2000)
  t.is(lacking(all.at(-1), seenIn(all[0]!)), undefined)
})
