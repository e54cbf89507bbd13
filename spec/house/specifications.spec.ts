/** What holds of all specifications. */
import test from 'ava'
import { source, sourcesIn } from './sources.ts'
import { ownFolders } from './specifications.ts'

const specs = sourcesIn('spec')

test('no specification makes a folder for temporary files by itself', (t) => {
  t.deepEqual(ownFolders(specs), [])
  t.deepEqual(ownFolders([source('spec/a.ts', "const a = 'tmpdir()' // tmpdir()\nconst b = tmpdir()\n")]), ['spec/a.ts:2'])
})
