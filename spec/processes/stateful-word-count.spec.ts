/** `topologies/stateful-word-count.yaml`, stopped and begun again. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { typhoon } from '../command/parts.ts'

const EXAMPLE = 'topologies/stateful-word-count.yaml'

test('the counts of a stateful bolt go on with the next run, with other numbers of tasks', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'typhoon-stateful-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const all: string[] = []
  for (const tasks of ['2', '1', '3']) {
    const config = ['-c', `topology.tasks=${tasks}`]
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
  t.true(sums[0]! > 0 && sums[1]! > sums[0]! && sums[2]! > sums[1]!, sums.join())
})
