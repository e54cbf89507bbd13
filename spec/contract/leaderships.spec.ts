/** Every leadership that comes with Typhoon against its contract. */
import test, { type ExecutionContext } from 'ava'
import { DirectoryLeadership } from '../../lib/nimbus/leadership/directory-leadership.ts'
import { folderOf } from '../folder.ts'
import { CASES, type Place } from './leaderships.ts'

interface Subject {
  readonly name: string
  readonly waits: boolean
  place(t: ExecutionContext): Place
}

const SUBJECTS: readonly Subject[] = [
  {
    name: 'a directory',
    waits: false,
    place(t) {
      const directory = folderOf(t)
      return { open: () => new DirectoryLeadership(directory) }
    },
  },
]

for (const { name, waits, place } of SUBJECTS)
  for (const { title, waits: mustWait = false, play } of CASES)
    if (waits || !mustWait) test(`${name}: ${title}`, (t) => play(t, place(t)))

test('only one may work with a directory, and nobody waits for it', async (t) => {
  const directory = folderOf(t)
  const signal = new AbortController().signal
  const reign = await new DirectoryLeadership(directory).campaign({ id: 'one', address: '' }, signal)
  const second = new DirectoryLeadership(directory).campaign({ id: 'two', address: '' }, signal)
  await t.throwsAsync(second, { code: 'SERVICE_IN_USE' })
  await reign.resign()
  const third = await new DirectoryLeadership(directory).campaign({ id: 'two', address: '' }, signal)
  await third.resign()
})
