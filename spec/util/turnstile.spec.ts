import test from 'ava'
import { Turnstile } from '../../lib/util/turnstile.ts'

test('no more are inside than there are places, and those that wait come in their order', async (t) => {
  const turnstile = new Turnstile(2)
  const inside: number[] = []
  const doors: (() => void)[] = []
  const seen: number[][] = []
  const all = [1, 2, 3, 4].map((n) =>
    turnstile.pass(async () => {
      inside.push(n)
      seen.push([...inside])
      await new Promise<void>((resolve) => {
        doors[n] = resolve
      })
      inside.splice(inside.indexOf(n), 1)
      return n
    }),
  )
  for (const n of [2, 1, 3, 4]) {
    while (doors[n] === undefined) await Promise.resolve()
    doors[n]!()
    await all[n - 1]
  }
  t.deepEqual(seen, [[1], [1, 2], [1, 3], [3, 4]])
})

test('what throws leaves its place', async (t) => {
  const turnstile = new Turnstile(1)
  await t.throwsAsync(turnstile.pass(() => Promise.reject(new Error('no'))))
  t.is(await turnstile.pass(() => 1), 1)
})
