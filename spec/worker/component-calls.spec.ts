/** Whose turn it is while components are prepared and closed. */
import test from 'ava'
import type { Executor } from '../../lib/executor/task/executor.ts'
import type { Executors } from '../../lib/worker/tasks/build/build-executors.ts'
import { ComponentCalls } from '../../lib/worker/tasks/component-calls.ts'

test('components are closed side by side, and it is the turn of each within its own call alone', async (t) => {
  let turn = 0
  const seen: [task: number, turn: number][] = []
  const reported: unknown[] = []
  const all = [1, 2, 3].map((task) => ({
    task,
    component: `c${task}`,
    async close(): Promise<void> {
      seen.push([task, turn])
      await new Promise((resolve) => setImmediate(resolve))
      seen.push([task, turn])
      if (task === 2) throw new Error('no end')
    },
  }))
  const calls = new ComponentCalls(
    { all: all as unknown as readonly Executor[], spouts: [] as never[] } as unknown as Executors,
    {
      onTurn: (task) => {
        turn = task
      },
      onPreparing: () => {},
      report: ({ code, message, where: { component, task, line } }) =>
        reported.push([code, message, { component, task, hasLine: line !== undefined }]),
    },
  )
  await calls.close()
  t.deepEqual(seen, [
    [1, 1],
    [2, 2],
    [3, 3],
    [1, 0],
    [2, 0],
    [3, 0],
  ])
  t.deepEqual(reported, [['COMPONENT_FAILED', 'cleanup threw: no end', { component: 'c2', task: 2, hasLine: true }]])
})
