/** Every leadership that comes with Typhoon against its contract. */
import test, { type ExecutionContext } from 'ava'
import { DirectoryLeadership } from '../../lib/nimbus/leadership/directory-leadership.ts'
import type { Leadership } from '../../lib/nimbus/leadership/leadership.ts'
import { folderOf, sharedFolder } from '../folder.ts'
import { EtcdServer, HAS_ETCD, memberOf } from '../nimbus/leadership/etcd/fixtures.ts'
import { CASES, type Place } from './leaderships.ts'

interface Subject {
  readonly name: string
  readonly isMissing?: boolean
  readonly waits: boolean
  place(t: ExecutionContext): Place
}

const folder = sharedFolder()
let etcd: EtcdServer | undefined
let clusters = 0

const SUBJECTS: readonly Subject[] = [
  {
    name: 'a directory',
    waits: false,
    place(t) {
      const directory = folderOf(t)
      return { open: () => new DirectoryLeadership(directory) }
    },
  },
  {
    name: 'etcd',
    isMissing: !HAS_ETCD,
    waits: true,
    place(t) {
      const cluster = `cluster ${++clusters}`
      const opened: Leadership[] = []
      t.teardown(() => Promise.all(opened.map((one) => one.close())))
      return {
        async open() {
          const one = await memberOf({ url: etcd!.url, cluster, folder: folderOf(t) })
          opened.push(one)
          return one
        },
      }
    },
  },
]

test.before(async () => {
  if (HAS_ETCD) etcd = await EtcdServer.start(folder)
})

test.after.always(() => etcd?.kill())

for (const { name, waits, isMissing = false, place } of SUBJECTS)
  for (const { title, waits: mustWait = false, play } of CASES) {
    if (isMissing) test(`${name} is not installed, left out: ${title}`, (t) => t.pass())
    else if (waits || !mustWait) test(`${name}: ${title}`, (t) => play(t, place(t)))
  }

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
