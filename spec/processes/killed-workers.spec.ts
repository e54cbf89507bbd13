/** Workers that are killed while they work: nothing that was promised is lost. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { Run } from '../../lib/run/index.ts'
import { sharedFolder } from '../folder.ts'
import { start } from './runs.ts'

const FILES = 4
const LINES = 1500

const folder = sharedFolder()
const input = join(folder, '*.txt')
/** What every run has to execute and to ack. */
const ids: string[] = []
const places: string[] = []

for (let file = 0; file < FILES; file++) {
  const path = join(folder, `${file}.txt`)
  const lines = Array.from({ length: LINES }, (_, line) => `${file}:${line}`)
  writeFileSync(path, `${lines.join('\n')}\n`)
  ids.push(...lines)
  let offset = 0
  for (const line of lines) {
    places.push(`${path}:${offset}`)
    offset += line.length + 1
  }
}

/** What is not in the records with this prefix. */
function missing(all: readonly string[], records: string, prefix: string): string[] {
  const files = readdirSync(records).filter((name) => name.startsWith(prefix))
  const lines = files.flatMap((name) => readFileSync(join(records, name), 'utf8').trimEnd().split('\n'))
  const there = new Set(lines)
  return all.filter((line) => !there.has(line))
}

for (const [first, second] of [
  [1, 1],
  [1, 2],
] as const) {
  test.serial(
    `worker ${first} and then worker ${second} are killed: every line is executed, every offset acked`,
    async (t) => {
      const records = join(folder, `records-${first}-${second}`)
      mkdirSync(records)
      const kills = [
        { afterAcks: 1500, worker: first },
        { afterAcks: 3500, worker: second },
      ]
      const lost: number[] = []
      let acked = 0
      const running: Run = await start('recorded', {
        variables: { input, records },
        events: {
          onLog() {
            acked += 100
            if (acked >= (kills[0]?.afterAcks ?? Number.POSITIVE_INFINITY)) running.killWorker(kills.shift()!.worker)
          },
          onWorkerLost: (worker) => lost.push(worker),
        },
      })
      t.teardown(() => running.stopNow())
      const { status, roots } = await running.done
      t.is(status, 'completed')
      t.deepEqual(lost, [first, second])
      t.true(roots.failed.workerLost > 0, 'nothing was in flight')
      t.is(roots.deadLettered, 0)
      t.deepEqual(missing(ids, records, 'executed-'), [])
      t.deepEqual(missing(places, records, 'acked-'), [])
    },
  )
}
