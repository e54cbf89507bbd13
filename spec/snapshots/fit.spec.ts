import test from 'ava'
import fc from 'fast-check'
import { fitOf } from '../../lib/snapshots/fit/fit.ts'
import { reroute } from '../../lib/snapshots/fit/reroute.ts'
import { canGoTo, goesTo, type Resize } from '../../lib/snapshots/fit/state-moves.ts'
import type { Segment, TaskPart } from '../../lib/snapshots/manifest.ts'
import type { ComponentShape, TopologyShape } from '../../lib/snapshots/topology-shape.ts'
import { OF_ALL, OF_TASK } from '../../lib/state/group.ts'
import { type Change, MemoryState } from '../../lib/state/memory-state.ts'
import type { GroupingSpec } from '../../lib/topology/topology.ts'

const SEGMENT: Segment = { file: '1', offset: 0, length: 10, records: 1 }
const BY_WORD: GroupingSpec = { type: 'fields', fields: ['word'] }

interface ShapeOptions {
  readonly tasks?: number
  readonly grouping?: GroupingSpec
  readonly keyGroups?: number
  readonly fields?: readonly string[]
  readonly id?: string
}

/** A spout `words`, and a bolt that gets its words. */
function shape({ tasks = 2, grouping = BY_WORD, keyGroups = 128, fields = ['word'], id = 'count' }: ShapeOptions = {}) {
  const words: ComponentShape = { kind: 'spout', tasks: 1, inputs: [], outputs: { default: fields } }
  const inputs = [{ component: 'words', stream: 'default', grouping }]
  const count: ComponentShape = { kind: 'bolt', tasks, inputs, outputs: {} }
  return { keyGroups, components: { words, [id]: count } } satisfies TopologyShape
}

const counted = (index: number, kept = false): TaskPart => ({
  component: 'count',
  index,
  states: { counts: [SEGMENT] },
  ...(kept ? { kept: SEGMENT } : {}),
})

test('what a component holds is taken over by the one of its name, whatever number of tasks that has', (t) => {
  const tasks = [counted(0), counted(1)]
  for (const now of [shape(), shape({ tasks: 5 }), shape({ tasks: 1 })]) {
    const { taken, losses } = fitOf({ shape: shape(), tasks }, now)
    t.deepEqual([[...taken].sort(), losses], [['count', 'words'], []])
  }
})

test('what is new, gone or of another size is listed', (t) => {
  t.deepEqual(fitOf({ shape: shape(), tasks: [] }, shape()).changes, [])
  t.is(fitOf({ shape: shape(), tasks: [] }, shape({ tasks: 3 })).changes.length, 1)
  t.is(fitOf({ shape: shape(), tasks: [] }, shape({ id: 'other' })).changes.length, 2)
})

test('it is a loss where its component is gone, or its keys lie in other groups now', (t) => {
  const changed: Readonly<Record<string, ShapeOptions>> = {
    'another name': { id: 'other' },
    'other fields': { grouping: { type: 'fields', fields: ['line'] } },
    'another grouping': { grouping: { type: 'shuffle' } },
    'another number of key groups': { keyGroups: 64 },
  }
  for (const [what, options] of Object.entries(changed)) {
    const { taken, losses } = fitOf({ shape: shape(), tasks: [counted(0)] }, shape(options))
    t.is(losses.length, 1, what)
    t.false(taken.has('count'), what)
    // Where it holds nothing there is nothing to lose.
    t.deepEqual(fitOf({ shape: shape(), tasks: [] }, shape(options)).losses, [], what)
  }
})

test('a state that belongs to tasks as a whole is a loss where there are more or fewer', (t) => {
  const formats = { counts: { version: 1, expires: false, fixesTasks: true } }
  const tasks = [{ ...counted(0), formats }, counted(1)]
  for (const [now, count] of [
    [1, 1],
    [2, 0],
    [3, 1],
  ] as const) {
    const { taken, losses } = fitOf({ shape: shape(), tasks }, shape({ tasks: now }))
    t.deepEqual([losses.length, taken.has('count')], [count, count === 0])
  }
})

test('what a bolt has prepared is a loss where its task is no more', (t) => {
  const tasks = [counted(0, true), counted(1, true)]
  t.is(fitOf({ shape: shape(), tasks }, shape({ tasks: 1 })).losses.length, 1)
  t.deepEqual(fitOf({ shape: shape(), tasks }, shape({ tasks: 3 })).losses, [])
})

type Entries = ReadonlyMap<string, readonly [group: number, value: number]>

function sorted(entries: Iterable<readonly [string, readonly [number, number]]>): Entries {
  return new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** States of some tasks, as those of one component that are made anew with another number of tasks. */
function moved(states: readonly Entries[], now: number, keyGroups: number): Entries[] {
  const resize: Resize = { keyGroups, before: states.length, now }
  return Array.from({ length: now }, (_, to) => {
    const state = new MemoryState<string, number>('moved')
    for (const [from, entries] of states.entries()) {
      const changes = [...entries].map(([key, [group, value]]): Change => [group, key, value])
      const mine = changes.filter(([group]) => goesTo(group, from, to, resize))
      if (mine.length > 0) fc.pre(canGoTo(from, to, resize))
      state.restore(mine, false)
    }
    return sorted([...state.capture()].map(([group, key, value]) => [key as string, [group, value as number]]))
  })
}

test('state that moves to other tasks and back is what it was', (t) => {
  const keyed = fc.record({ key: fc.string(), group: fc.nat(), value: fc.nat() })
  const sizes = fc.record({
    groups: fc.integer({ min: 8, max: 128 }),
    before: fc.integer({ min: 1, max: 8 }),
    between: fc.integer({ min: 1, max: 8 }),
  })
  fc.assert(
    fc.property(
      sizes,
      fc.uniqueArray(keyed, { selector: ({ key }) => key }),
      fc.nat(),
      ({ groups, before, between }, entries, ofAll) => {
        const states = Array.from({ length: before }, (_, task) => {
          const mine = entries
            .map(({ key, group, value }) => [`key ${key}`, [group % groups, value]] as const)
            .filter(([, [group]]) => goesTo(group, -1, task, { keyGroups: groups, before: 1, now: before }))
          const alone = between >= before || task < between ? [[`of task ${task}`, [OF_TASK, task]] as const] : []
          return sorted(new Map([...mine, ...alone, ['of all', [OF_ALL, ofAll]] as const]))
        })
        t.deepEqual(moved(moved(states, between, groups), before, groups), states)
      },
    ),
  )
})

test('a tuple on its way goes to the task that has its key now', (t) => {
  const now = shape({ tasks: 4 })
  const ways = new Set<number>()
  for (const word of ['the', 'cow', 'jumped', 'over', 'moon', 'an', 'apple', 'a', 'day']) {
    // Whatever task it was on its way to.
    const [one, other] = [0, 1].map((to) => reroute(['count', to, 'words', 0, 'default', [word]], shape(), now)!)
    t.deepEqual(one!.indexes, other!.indexes)
    ways.add(one!.indexes[0]!)
  }
  t.deepEqual([...ways].sort(), [0, 1, 2, 3])
})

test('a tuple without a key goes to the task of its number, or to another; one for all tasks to all', (t) => {
  const to = (grouping: GroupingSpec, index: number, before: number, tasks: number): readonly number[] =>
    reroute(
      ['count', index, 'words', 0, 'default', ['the']],
      shape({ tasks: before, grouping }),
      shape({ tasks, grouping }),
    )!.indexes
  t.deepEqual(to({ type: 'shuffle' }, 1, 3, 2), [1])
  t.deepEqual(to({ type: 'shuffle' }, 2, 3, 2), [0])
  t.deepEqual(to({ type: 'all' }, 1, 2, 4), [1])
  t.deepEqual(to({ type: 'all' }, 0, 2, 4), [0, 2, 3])
  t.deepEqual(to({ type: 'all' }, 2, 3, 2), [])
})

test('a tuple has its values in the order of the fields that there are now, and no way where one was not there', (t) => {
  const record = ['count', 0, 'words', 0, 'default', [1, 'the']] as const
  const before = shape({ fields: ['line', 'word'] })
  t.deepEqual(reroute(record, before, shape({ fields: ['word', 'line'] }))!.values, ['the', 1])
  t.deepEqual(reroute(record, before, shape())!.values, ['the'])
  t.is(reroute(record, before, shape({ fields: ['word', 'page'] })), undefined)
  t.is(reroute(record, before, shape({ id: 'other' })), undefined)
})
