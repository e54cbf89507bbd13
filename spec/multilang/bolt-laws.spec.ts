/**
 * The law: whatever a child says, leaves out or dies of, each tuple that was given to it is acked or failed once, and a
 * wait for room ends.
 */
import test from 'ava'
import fc from 'fast-check'
import { boltHalf, METRIC } from './fakes.ts'

const ids = fc.oneof(
  fc.integer({ min: -3, max: 12 }).map(String),
  fc.integer({ min: 1, max: 12 }),
  fc.constantFrom(null, 'x', 1.5),
)
const said = fc.oneof(
  { weight: 3, arbitrary: fc.record({ command: fc.constantFrom('ack', 'fail'), id: ids }) },
  {
    weight: 3,
    arbitrary: fc.record(
      {
        command: fc.constant('emit'),
        tuple: fc.oneof(fc.array(fc.jsonValue(), { minLength: 1, maxLength: 1 }), fc.jsonValue()),
        anchors: fc.oneof(fc.array(ids, { maxLength: 3 }), ids),
        stream: fc.constantFrom('default', 'nowhere', null),
        task: fc.constantFrom(0, 4, '5', 'x'),
        need_task_ids: fc.oneof(fc.boolean(), fc.jsonValue()),
      },
      { requiredKeys: ['command'] },
    ),
  },
  fc.constantFrom({ command: 'sync' }, { command: 'error', msg: 'oops' }, { command: 'metrics', name: METRIC }),
  fc.dictionary(fc.constantFrom('command', 'id', 'msg', 'level', 'name', 'params'), fc.jsonValue()),
)
const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant('execute' as const) },
    { weight: 1, arbitrary: fc.constantFrom('beat' as const, 'die' as const) },
    { weight: 6, arbitrary: said },
  ),
  { maxLength: 60 },
)

test('each tuple is acked or failed once, and nothing but a breach of the protocol is thrown', async (t) => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const { half, told, execute, says, dies, comesUp } = boltHalf({ 'topology.shellbolt.max.unread': 3 })
      const restart = (): void => {
        dies()
        comesUp()
      }
      let given = 0
      const waits: Promise<void>[] = []
      for (const step of all) {
        if (step === 'execute') waits.push(Promise.resolve(execute(`t${given++}`)))
        else if (step === 'beat') half.beat()
        else if (step === 'die') restart()
        else {
          try {
            says(step)
          } catch (error) {
            t.is((error as { code?: unknown }).code, 'CHILD_PROTOCOL')
            restart()
          }
        }
      }
      restart()
      await Promise.all(waits)
      t.is(half.size, 0)
      const verdicts = told.map((line) => /^(?:ack|fail) (t\d+)/.exec(line)?.[1]).filter((name) => name !== undefined)
      t.deepEqual(verdicts.toSorted(), Array.from({ length: given }, (_, index) => `t${index}`).toSorted())
    }),
    { numRuns: 500 },
  )
})
