/** `topologies/stateful-word-count.yaml`, stopped and begun again. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { typhoon } from '../command/parts.ts'
import { folderOf } from '../folder.ts'

const EXAMPLE = 'topologies/stateful-word-count.yaml'

test('the counts of a stateful bolt go on with the next run, with other numbers of tasks and another backend', async (t) => {
  const root = folderOf(t)
  const all: string[] = []
  for (const [tasks, backend] of [
    [2, 'memory'],
    [1, 'embedded'],
    [3, 'embedded'],
    [2, 'memory'],
  ]) {
    const config = ['-c', `topology.tasks=${tasks}`, '-c', `topology.state.backend=${backend}`]
    const { code, stderr } = await typhoon('run', EXAMPLE, '--state', root, '--for', '1s', ...config)
    t.is(code, 0, stderr)
    const exported = await typhoon('state', 'export', 'stateful-word-count', '--name', 'state', '--state', root)
    const counts = exported.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { key: string; value: number })
    all.push(JSON.stringify(Object.fromEntries(counts.map(({ key, value }) => [key, value]))))
    t.is(new Set(counts.map(({ key }) => key)).size, counts.length)
  }
  const sums = all.map((counts) => Object.values(JSON.parse(counts) as Record<string, number>).reduce((a, b) => a + b))
  t.deepEqual(
    sums,
    [...new Set(sums)].sort((a, b) => a - b),
  )
  t.true(sums[0]! > 0)
  // What is embedded is of its worker alone.
  t.deepEqual(readdirSync(join(root, 'stateful-word-count', 'work')), [])
})
