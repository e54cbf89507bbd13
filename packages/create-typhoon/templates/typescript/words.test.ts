import assert from 'node:assert/strict'
import test from 'node:test'
import { completeTopology, multiset, readTuples } from 'typhoon/testing'
import topology from './words.ts'

test('words are counted', async () => {
  const result = await completeTopology(topology, { mockedSources: { lines: [['To be, or not'], ['to be']] } })
  const counts = [['to', 2], ['be', 2], ['or', 1], ['not', 1]] // biome-ignore format: a table
  assert.deepEqual(multiset(readTuples(result, 'count')), multiset(counts))
  assert.equal(result.report.roots.acked, 2)
})
