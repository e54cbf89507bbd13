import test from 'ava'
import fc from 'fast-check'
import { FieldsGrouping } from '../../lib/grouping/fields.ts'
import { groupsOf, keyGroupOf, ownerOf } from '../../lib/grouping/key-groups.ts'

const sizes = fc
  .integer({ min: 1, max: 300 })
  .chain((groups) => fc.record({ groups: fc.constant(groups), tasks: fc.integer({ min: 1, max: groups }) }))

test('each group is in the range of just one task, and each task has one', (t) => {
  fc.assert(
    fc.property(sizes, ({ groups, tasks }) => {
      let next = 0
      for (let task = 0; task < tasks; task++) {
        const [from, to] = groupsOf(task, groups, tasks)
        t.is(from, next)
        t.true(to > from)
        for (let group = from; group < to; group++) t.is(ownerOf(group, groups, tasks), task)
        next = to
      }
      t.is(next, groups)
    }),
  )
})

test('a tuple goes to the task that has the group of its key, from whatever emitter', (t) => {
  fc.assert(
    fc.property(sizes, fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.bigInt()), ({ groups, tasks }, key) => {
      const targets = Array.from({ length: tasks }, (_, index) => index + 10)
      const grouping = new FieldsGrouping([1], targets, groups)
      const values = ['ignored', key]
      t.deepEqual(grouping.choose(values), [targets[ownerOf(keyGroupOf(values, [1], groups), groups, tasks)]!])
    }),
  )
})
