/** Tokens that are made and removed at once. */
import test from 'ava'
import type { KeptText } from '../../lib/api/kept-tokens.ts'
import { Tokens } from '../../lib/api/tokens.ts'

/** A place that takes its time. */
function slow(): KeptText {
  let kept: string | undefined
  return {
    name: 'a place',
    read: async () => kept,
    async write(content) {
      await new Promise((resolve) => setImmediate(resolve))
      kept = content
    },
  }
}

test('a token that is removed while another one is made does not come back', async (t) => {
  const place = slow()
  const tokens = await Tokens.open(place, () => new Date())
  const first = await tokens.make('first', 'admin')
  const [second, isRemoved] = await Promise.all([
    tokens.make('second', 'read'),
    tokens.remove('first'),
    tokens.make('third', 'read'),
  ])
  t.true(isRemoved)
  for (const one of [tokens, await Tokens.open(place, () => new Date())]) {
    t.is(one.bearer(`Bearer ${first}`), undefined)
    t.like(one.bearer(`Bearer ${second}`), { name: 'second', role: 'read' })
    t.deepEqual(
      one.bearers.map(({ name }) => name),
      ['second', 'third'],
    )
  }
  t.false(await tokens.remove('first'))
})
