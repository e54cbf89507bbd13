import assert from 'node:assert/strict'
import test from 'node:test'
import { run } from 'typhoon/run'

test('words are counted, batch by batch', async () => {
  const said: string[] = []
  const running = run('words.ts')
  running.listen({ onOutput: (line) => void said.push(line) })
  const report = await running.done
  assert.equal(report.status, 'completed')
  assert.ok(said.includes('to 3'))
})
