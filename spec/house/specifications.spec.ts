/** What holds of all specifications. */
import test from 'ava'
import { source, sourcesIn } from './sources.ts'
import { matchedSentences, ownFolders } from './specifications.ts'

const specs = sourcesIn('spec')

test('no specification makes a folder for temporary files by itself', (t) => {
  t.deepEqual(ownFolders(specs), [])
  const own = source('spec/a.ts', "const a = 'tmpdir()' // tmpdir()\nconst b = tmpdir()\n")
  t.deepEqual(ownFolders([own]), ['spec/a.ts:2'])
})

test('no specification matches a sentence of what it tries, but for what a terminal shows', (t) => {
  t.deepEqual(matchedSentences(specs.filter(({ path }) => !path.startsWith('spec/command/render/'))), [])
  const one = source('spec/a.ts', "fails('it is my own')\nt.regex(a, /: it is my own$/)\n")
  const other = source('spec/b.ts', 't.throws(f, { message: /x: it was lost again/ })\nconst a = b / it was lost / c\n')
  t.deepEqual(matchedSentences([one, other]), ['spec/b.ts:1: it was lost again'])
})
