/** Tuples that really end the process of their worker, where a tuple is atomic. */
import { join } from 'node:path'
import test from 'ava'
import { folderOf } from '../folder.ts'
import { jsonLinesIn } from '../json-lines.ts'
import { codesOf, configured, reportOf, topologyFile, typhoon, variables } from './cli.ts'

const FAULTS = [
  { fault: 'exit', how: /exit code 7: "faulty" .*process\.exit\(7\)/ },
  { fault: 'memory', how: /signal SIGABRT|signal SIGTRAP|exit code 134/ },
  { fault: 'spin', how: /its event loop was blocked/ },
]

for (const { fault, how } of FAULTS) {
  test.serial(`a tuple that ends its worker each time becomes one dead letter, exactly once (${fault})`, async (t) => {
    const folder = folderOf(t)
    const letters = join(folder, 'dead.jsonl')
    const config = {
      'topology.guarantee': 'exactly-once',
      'topology.state.dir': join(folder, 'state'),
      'topology.state.checkpoint.interval.ms': 100,
      'topology.dead.letters.file': letters,
      'topology.loop.stall.ms': 200,
      'topology.worker.stall.limit.secs': 1,
      'topology.worker.childopts': ['--max-old-space-size=64'],
    }
    const flags = ['--json', ...configured(config), ...variables({ fault, count: '100' })]
    const ended = await typhoon(['run', topologyFile('faulty'), ...flags])
    t.is(ended.code, 0, ended.stderr)
    const { status, roots } = reportOf(ended)
    t.deepEqual([status, roots.deadLettered], ['completed', 1], ended.stderr)
    const [letter, ...others] = jsonLinesIn(letters)
    t.deepEqual(others, [])
    const { error, ...reason } = letter.reason
    t.deepEqual([letter.values, reason.kind, reason.poison], [{ n: 3 }, 'worker lost', true])
    t.regex(error, how)
    t.true(codesOf(ended).includes('POISON_TUPLE'))
  })
}
