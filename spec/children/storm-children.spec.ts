/**
 * Whole runs with spouts that answer as Storm's library for JavaScript does: it begins with each command when it comes,
 * whatever it is still at.
 */
import test from 'ava'
import { CliRun, reportOf } from '../processes/cli.ts'
import { loggedNumbers, topologyOfChildren } from './topology-of-children.ts'

const CONFIG = { 'topology.message.timeout.secs': 10 }

/**
 * Emits the numbers from 0 on; each takes a while, and two at a time would emit the same one. Its \`fail\` emits again,
 * after a while.
 */
const NUMBERS = (ms: number): string => `
  let next = 0
  const emit = (n) => say({ command: 'emit', tuple: [n], id: n, need_task_ids: false })
  const sync = () => say({ command: 'sync' })
  hear((message) => {
    if (message.pidDir) return echo(message)
    const { command, id } = message
    if (command === 'next') {
      const n = next
      setTimeout(() => { emit(n); next = n + 1; sync() }, ${ms})
    } else if (command === 'fail') setTimeout(() => { emit(id); sync() }, ${ms})
    else sync()
  })`

test.serial('a spout that would work at two commands at once emits each row once', async (t) => {
  const run = new CliRun(['run', '--json', topologyOfChildren(t, { spout: NUMBERS(5), config: CONFIG })])
  await run.line(/log\[\d+\]: echo \{ n: 60 \}/)
  run.signal('SIGINT')
  const ended = await run.ended
  t.is(ended.code, 0, ended.stderr)
  const rows = loggedNumbers(ended.stderr)
  t.deepEqual(
    rows,
    rows.map((_, index) => index),
  )
  const { roots } = reportOf(ended)
  t.deepEqual([roots.emitted, roots.acked], [rows.length, rows.length])
})

test.serial(
  'what a child still owes when the run is to end, an unanswered next and a tuple that is emitted again, is waited for',
  async (t) => {
    const bolt = `const failed = new Set()
  hear((message) => {
    if (message.stream !== 'default' || failed.has(message.tuple[0])) return echo(message)
    failed.add(message.tuple[0])
    if (message.tuple[0] === 3) say({ command: 'log', msg: 'three has failed' })
    say({ command: 'fail', id: message.id })
  })`
    const config = { ...CONFIG, 'topology.max.spout.pending': 10 }
    const run = new CliRun(['run', '--json', topologyOfChildren(t, { spout: NUMBERS(100), bolt, config })])
    await run.line(/three has failed/)
    run.signal('SIGINT')
    const ended = await run.ended
    t.is(ended.code, 0, ended.stderr)
    const { roots } = reportOf(ended)
    const rows = loggedNumbers(ended.stderr)
    t.true(rows.length >= 4)
    t.deepEqual(
      rows,
      rows.map((_, index) => index),
      'each number that was ever emitted has come through',
    )
    t.is(roots.emitted, 2 * rows.length)
    t.is(roots.acked, rows.length)
  },
)
