/** A run in the foreground that a browser looks at. */
import { join } from 'node:path'
import { folderOf } from '../folder.ts'
import { CliRun } from '../processes/cli.ts'
import { browserTest, openPage } from './browser.ts'

const NUMBERS = `name: numbers
config: { topology.stats.interval.ms: 250 }
spouts:
  - { id: numbers, className: SequenceSpout, constructorArgs: [1000000000] }
bolts:
  - { id: none, className: NullBolt }
streams:
  - { from: numbers, to: none, grouping: { type: SHUFFLE } }
`

browserTest('a run is looked at while it goes on, and can be let pause, and nothing else', async (t) => {
  const folder = folderOf(t, { 'numbers.yaml': NUMBERS })
  const run = new CliRun(['run', join(folder, 'numbers.yaml'), '--ui'], { lasts: true })
  t.teardown(async () => {
    run.signal('SIGTERM')
    await run.ended
  })
  const line = await run.line(/#code=/)
  const page = await openPage(t, /http:\S+/.exec(line)![0])
  await page.getByRole('link', { name: 'numbers' }).click()
  await page.getByRole('region', { name: 'Bolts' }).getByText('none').waitFor()
  t.is(await page.getByRole('button', { name: 'Kill…' }).count(), 0)
  await page.getByRole('button', { name: 'Deactivate' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).click()
  await page.getByText('INACTIVE', { exact: true }).waitFor()
  await run.line(/deactivate/)

  const profiled = await page.evaluate(`(async () => {
    const headers = { 'x-typhoon-session': localStorage.getItem('typhoon-session') ?? '' }
    const response = await fetch('/v1/topologies/numbers/workers/1/profile?seconds=1', { headers })
    return (await response.json()).samples.length > 10
  })()`)
  t.true(profiled)

  // What only a service does is refused where it is asked for all the same.
  const refused = await page.evaluate(`(async () => {
    const key = localStorage.getItem('typhoon-session') ?? ''
    const headers = { 'x-typhoon-session': key }
    const response = await fetch('/v1/topologies/numbers', { method: 'DELETE', headers })
    return [response.status, (await response.json()).problems[0].code]
  })()`)
  t.deepEqual(refused, [409, 'FOREGROUND_RUN'])
})
