import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { run } from 'typhoon/run'

test('words are counted', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'words-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const input = join(folder, 'lines.txt')
  const output = join(folder, 'counts.tsv')
  await writeFile(input, 'to be or\nnot to be\n')

  const report = await run('words.yaml', { variables: { input, output } }).done
  assert.equal(report.status, 'completed')
  assert.equal(report.components.split?.executed, 2)
  const lines = (await readFile(output, 'utf8')).trimEnd().split('\n')
  assert.deepEqual(lines.sort(), ['be\t2', 'not\t1', 'or\t1', 'to\t2'])
})
