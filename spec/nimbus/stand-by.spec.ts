/** What a nimbus keeps while it stands by, over a store of which another one is the leader. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import test, { type ExecutionContext } from 'ava'
import { BlobDirectory } from '../../lib/bundle/blobs.ts'
import { layOut } from '../../lib/bundle/lay-out.ts'
import type { BundleManifest } from '../../lib/bundle/manifest.ts'
import { CodeCopies } from '../../lib/cluster/copies/code-copies.ts'
import type { Problem } from '../../lib/errors/typhoon-error.ts'
import { DirectoryLeadership } from '../../lib/nimbus/leadership/directory-leadership.ts'
import type { Leader, Leadership } from '../../lib/nimbus/leadership/leadership.ts'
import { StandBy } from '../../lib/nimbus/stand-by.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'
import { folderOf } from '../folder.ts'

const LEADER: Leader = { id: 'leader', address: 'http://127.0.0.1:1', hosts: 'https://127.0.0.1:2' }
const CODE = { 'words.yaml': 'name: words', 'split.mjs': 'export class Split {}' }

function digestOf(content: string): string {
  return createHash('sha256').update(content).digest('hex')
}

function manifestOf(files: Readonly<Record<string, string>>): BundleManifest {
  return {
    entry: Object.keys(files)[0]!,
    files: Object.entries(files).map(([path, content]) => {
      return { path, digest: digestOf(content), bytes: content.length, executable: false }
    }),
  }
}

function recordOf(name: string, files: Readonly<Record<string, string>>, format = 1): object {
  const wanted = { bundle: manifestOf(files), variables: {}, aliases: {}, config: {} }
  return { format, id: `${name}-1-1`, name, status: 'ACTIVE', submittedAt: 0, revision: 1, wanted }
}

/** A nimbus that stands by, and the store of the one that leads. @param served by digest what that one answers */
async function standing(t: ExecutionContext, served: ReadonlyMap<string, string>) {
  const directory = folderOf(t)
  const leadership = new DirectoryLeadership(directory)
  const signal = new AbortController().signal
  const reign = await leadership.campaign(LEADER, signal)
  t.teardown(() => reign.resign())
  const waiting: Leadership = {
    reader: (area) => leadership.reader(area),
    leader: () => leadership.leader(),
    close: async () => {},
    campaign: (_self, given) => new Promise((_, reject) => given.addEventListener('abort', () => reject(given.reason))),
  }
  const blobs = new BlobDirectory(folderOf(t))
  const problems: Problem[] = []
  const clock = new SimulatedClock()
  const asked: string[] = []
  const given: string[] = []
  let questions = 0
  const way = new AbortController()
  const own = new BlobDirectory(folderOf(t))
  const copies = new CodeCopies({ clock, blobs: own, askHosts: () => [] })
  copies.begin(true)
  const standBy = new StandBy({
    ...{ leadership: waiting, blobs, clock },
    code: {
      async fetch(leader, digest) {
        if (leader.id !== LEADER.id) throw new Error(`${leader.id} does not lead`)
        asked.push(digest)
        const content = served.get(digest)
        if (content === undefined) throw new Error('it is not there')
        return Readable.from([Buffer.from(content)])
      },
      ask(_leader, taken) {
        questions++
        return copies.ask('other', taken, way.signal)
      },
      async give(_leader, digest, content) {
        given.push(digest)
        await copies.take(digest, content)
      },
    },
    onTrouble: (problem) => problems.push(problem),
  })
  const over = standBy.campaign({ id: 'other', address: '' }, way.signal)
  over.catch(() => {})
  t.teardown(() => way.abort())
  const until = async (isSo: () => Promise<boolean> | boolean, stepMs = 1000): Promise<void> => {
    while (!(await isSo())) {
      await clock.advance(stepMs)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return {
    store: reign.store('topologies'),
    blobs,
    problems,
    standBy,
    over,
    until,
    asked,
    copies,
    given,
    own,
    questions: () => questions,
  }
}

/** What comes of something, as the time goes on. */
async function settled<T>(
  what: Promise<T>,
  until: (isSo: () => boolean, stepMs?: number) => Promise<void>,
  stepMs = 1000,
): Promise<T> {
  let isOver = false
  const over = what.finally(() => {
    isOver = true
  })
  await until(() => isOver, stepMs)
  return over
}

const SERVED = new Map(Object.values(CODE).map((content) => [digestOf(content), content]))
const DIGESTS = [...SERVED.keys()]

test('it fetches the code of all topologies, each content once, and forgets that of those that are gone', async (t) => {
  const { store, blobs, until, asked, standBy } = await standing(t, SERVED)
  const version = await store.put('words', recordOf('words', CODE), 0)
  await store.put('again', recordOf('again', CODE), 0)
  await until(async () => (await blobs.missing(DIGESTS)).length === 0)
  t.deepEqual([...asked].sort(), [...DIGESTS].sort())
  for (const [digest, content] of SERVED) t.is(readFileSync(blobs.pathOf(digest), 'utf8'), content)
  t.deepEqual(await standBy.leader(), LEADER)
  await store.remove('words', version)
  await store.put('again', recordOf('again', { 'words.yaml': CODE['words.yaml'] }), (await store.get('again'))!.version)
  await until(async () => (await blobs.missing(DIGESTS)).length === 1)
  t.deepEqual(await blobs.missing(DIGESTS), [digestOf(CODE['split.mjs'])])
})

test('a content that is not what its digest says is not kept, and asked for again', async (t) => {
  const served = new Map([...SERVED, [digestOf(CODE['split.mjs']), 'export class Other {}']])
  const { store, blobs, until, problems } = await standing(t, served)
  await store.put('words', recordOf('words', CODE), 0)
  await until(() => problems.length > 0)
  t.is(problems[0]?.code, 'BAD_BUNDLE')
  t.deepEqual(await blobs.missing(DIGESTS), [digestOf(CODE['split.mjs'])])
  served.set(digestOf(CODE['split.mjs']), CODE['split.mjs'])
  await until(async () => (await blobs.missing(DIGESTS)).length === 0)
})

test('a record that is damaged is told, and hinders no other', async (t) => {
  const { store, blobs, until, problems } = await standing(t, SERVED)
  await store.put('bad', { name: 'bad' }, 0)
  await store.put('words', recordOf('words', CODE), 0)
  await until(async () => (await blobs.missing(DIGESTS)).length === 0)
  await until(() => problems.length > 0)
  t.is(problems[0]?.code, 'STATE_CORRUPT')
})

test('it does not stand by for what a newer version has written', async (t) => {
  const { store, over, until } = await standing(t, SERVED)
  await store.put('words', recordOf('words', CODE, 2), 0)
  let isOver = false
  over.catch(() => {
    isOver = true
  })
  await until(() => isOver)
  await t.throwsAsync(over, { code: 'STORE_NEWER' })
})

test('what is offered is copied before it counts, and is kept though no topology has it yet', async (t) => {
  const { store, copies, blobs, problems, questions, until } = await standing(t, SERVED)
  const spread = copies.spread(manifestOf(CODE).files, undefined, 60_000)
  // The second question says that all of it is there.
  await until(() => questions() >= 2, 0)
  t.deepEqual(await blobs.missing(DIGESTS), [])
  const found = await settled(spread, until)
  t.deepEqual(found, { copies: 2, wanted: 2 })
  // What no topology has is removed, but for what was offered of late.
  const other = { 'other.yaml': 'name: other' }
  const version = await store.put('other', recordOf('other', CODE), 0)
  await until(async () => (await blobs.missing(DIGESTS)).length === 0)
  await store.put('other', recordOf('other', other), version)
  await until(() => problems.length > 0)
  t.deepEqual(await blobs.missing(DIGESTS), [])
})

test('what cannot be copied is not waited for longer than is wanted, and does not count', async (t) => {
  const { copies, problems, questions, until } = await standing(t, new Map())
  await until(() => questions() > 0, 0)
  const spread = copies.spread(manifestOf(CODE).files, undefined, 4000)
  t.deepEqual(await settled(spread, until), { copies: 1, wanted: 2 })
  await until(() => problems.length > 0)
  // As many as are wanted are there without it.
  t.deepEqual(await copies.spread(manifestOf(CODE).files, 1, 10_000), { copies: 1, wanted: 1 })
})

test('it brings to the leader what that has lost, as far as it has it', async (t) => {
  const [first = '', second = ''] = DIGESTS
  const { store, copies, blobs, own, given, until } = await standing(t, new Map([[first, SERVED.get(first)!]]))
  await store.put('words', recordOf('words', CODE), 0)
  await until(() => blobs.has(first), 10)
  await t.throwsAsync(copies.take(first, Readable.from([])), { code: 'SERVICE_BAD_REQUEST' })
  await settled(copies.gather(manifestOf(CODE).files), until, 0)
  t.deepEqual(given, [first])
  t.deepEqual(await own.missing(DIGESTS), [second])
})

test('code of which something is missing is not laid out by halves', async (t) => {
  const blobs = new BlobDirectory(folderOf(t))
  const folder = folderOf(t)
  const options = { manifest: manifestOf(CODE), blobs, own: folderOf(t), folder }
  const put = (content: string) => blobs.put(digestOf(content), Readable.from([Buffer.from(content)]))
  await put(CODE['words.yaml'])
  await t.throwsAsync(layOut(options), { code: 'CODE_MISSING' })
  t.throws(() => readFileSync(`${folder}/words.yaml`), { code: 'ENOENT' })
  await put(CODE['split.mjs'])
  await layOut(options)
  t.is(readFileSync(`${folder}/split.mjs`, 'utf8'), CODE['split.mjs'])
})
