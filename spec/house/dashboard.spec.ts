/** The dashboard that comes with the documents is what the table of metrics says. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { METRICS } from '../../lib/metrics/table.ts'
import { dashboard } from './metric-tables.ts'
import { filesIn, ROOT, read } from './sources.ts'

const PATH = 'docs/grafana.json'

test('docs/grafana.json is what the table of metrics says', (t) => {
  const wanted: unknown = JSON.parse(JSON.stringify(dashboard()))
  if (process.env['UPDATE'] === '1') {
    writeFileSync(join(ROOT, PATH), JSON.stringify(wanted, null, 2))
    execFileSync(process.execPath, [join(ROOT, 'node_modules/@biomejs/biome/bin/biome'), 'format', '--write', PATH], {
      cwd: ROOT,
      stdio: 'ignore',
    })
  }
  t.deepEqual(JSON.parse(read(PATH)), wanted, 'run this specification with UPDATE=1')
})

test('every group of metrics stands in docs/metrics.md', (t) => {
  const documents = filesIn('docs', '.md').map(read).join('\n')
  const missing = Object.keys(METRICS).filter((group) => !documents.includes(`<!-- metrics: ${group} -->`))
  t.deepEqual(missing, [])
})
