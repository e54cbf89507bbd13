/** Every leadership that comes with Typhoon against its contract. */
import test, { type ExecutionContext } from 'ava'
import { DirectoryLeadership } from '../../lib/nimbus/leadership/directory-leadership.ts'
import { KubernetesLeadership } from '../../lib/nimbus/leadership/kubernetes/kubernetes-leadership.ts'
import type { Leadership } from '../../lib/nimbus/leadership/leadership.ts'
import { realClock } from '../../lib/util/time/real-clock.ts'
import { folderOf, sharedFolder } from '../folder.ts'
import { realPlace } from '../kubernetes/real-leaderships.ts'
import { EtcdServer, HAS_ETCD, memberOf } from '../nimbus/leadership/etcd/fixtures.ts'
import { FakeKubernetes } from '../nimbus/leadership/fake-kubernetes.ts'
import { CASES, type Place } from './leaderships.ts'

/** Whoever waits looks often, and nobody loses anything because this machine is busy. */
const SOON = {
  clock: realClock,
  times: { durationMs: 60_000, deadlineMs: 50_000, everyMs: 100 },
  patienceMs: 60_000,
} as const

interface Subject {
  readonly name: string
  readonly isMissing?: boolean
  readonly waits: boolean
  place(t: ExecutionContext): Place | Promise<Place>
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
  {
    name: 'Kubernetes',
    waits: true,
    async place(t) {
      const fake = await FakeKubernetes.open(t)
      return { open: () => new KubernetesLeadership({ ...{ access: fake.access(), cluster: 'words' }, ...SOON }) }
    },
  },
]

/** A real cluster, where there is one: `npm run test:kubernetes` says so. */
const kubeconfig = process.env['TYPHOON_KUBECONFIG']
const REAL: readonly Subject[] =
  kubeconfig === undefined ? [] : [{ name: 'a real Kubernetes', waits: true, place: () => realPlace(kubeconfig) }]

test.before(async () => {
  if (HAS_ETCD) etcd = await EtcdServer.start(folder)
})

test.after.always(() => etcd?.kill())

for (const { name, waits, isMissing = false, place } of [...SUBJECTS, ...REAL])
  for (const { title, waits: mustWait = false, play } of CASES) {
    if (isMissing) test(`${name} is not installed, left out: ${title}`, (t) => t.pass())
    else if (waits || !mustWait) test(`${name}: ${title}`, async (t) => play(t, await place(t)))
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
