import test from 'ava'
import fc from 'fast-check'
import { makeGrouping } from '../../lib/grouping/make-grouping.ts'
import { Prng } from '../../lib/util/prng.ts'
import { countsOf, portsOf, range, SEED } from './ports.ts'

const byWord = { type: 'partial-key', fields: ['word'] } as const

test('a key has two candidates, and alone it is shared evenly by them', (t) => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 2, max: 64 }), (word, tasks) => {
      const counts = countsOf(makeGrouping(byWord, portsOf(range(1, tasks))), 100, [word, 1])
      return counts.size === 2 && [...counts.values()].every((count) => count === 50)
    }),
  )
  t.pass()
})

test('the candidates of a key are the same for every emitter', (t) => {
  const candidatesOf = (word: string, task: number) => {
    const grouping = makeGrouping(byWord, portsOf(range(1, 16), { task, random: new Prng(task) }))
    return [...countsOf(grouping, 2, [word, task]).keys()].sort()
  }
  for (const word of ['the', 'of', 'and', '']) t.deepEqual(candidatesOf(word, 1), candidatesOf(word, 2))
})

test('a single task gets everything', (t) => {
  t.deepEqual([...countsOf(makeGrouping(byWord, portsOf([9])), 10)], [[9, 10]])
})

test('of the two candidates, the one that this emitter has used less is taken', (t) => {
  const grouping = makeGrouping(byWord, portsOf(range(1, 8)))
  const candidates = new Map(
    range(0, 200).map((i) => [
      `w${i}`,
      [...countsOf(makeGrouping(byWord, portsOf(range(1, 8))), 2, [`w${i}`, 0]).keys()],
    ]),
  )
  const used = new Map(range(1, 8).map((task) => [task, 0]))
  for (const [word, tasks] of candidates) {
    const [chosen] = grouping.choose([word, 0]) as [number]
    t.true(tasks.includes(chosen))
    for (const task of tasks) t.true(used.get(chosen)! <= used.get(task)!)
    used.set(chosen, used.get(chosen)! + 1)
  }
})

test(`words of very different frequency burden the tasks more evenly than with fields grouping (seed ${SEED})`, (t) => {
  const random = new Prng(SEED)
  // As in natural text: the word of rank r comes with a frequency of about 1/r.
  const words = range(0, 50_000).map(() => `w${Math.floor(2000 ** random.next())}`)
  const burden = (type: 'fields' | 'partial-key') => {
    const grouping = makeGrouping({ type, fields: ['word'] }, portsOf(range(1, 8)))
    const counts = new Map<number, number>()
    for (const word of words)
      for (const task of grouping.choose([word, 1])) counts.set(task, (counts.get(task) ?? 0) + 1)
    return Math.max(...counts.values()) / (words.length / 8)
  }
  t.true(burden('partial-key') < 1.05)
  t.true(burden('fields') > 1.2)
})
