/**
 * `npm run proof:hosts`: three hosts, and what runs on them while workers, hosts, nimbuses and the network fail, while
 * it is changed, and while everything is restarted with another version. All that comes out is compared. Prints what it
 * has measured; exits with 1 where something differs, and where it may not make network namespaces.
 *
 * `HOSTS_ONLY=words,fail-over` plays some of the stories. `HOSTS_LEASE=10` is the lease of a host in seconds,
 * `HOSTS_STORE_LEASE=5` that of a leader in etcd; `KEEP=1` keeps what was written.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { made, remove } from '../../made-folder.ts'
import { Figures } from './figures.ts'
import { HostCluster } from './hosts/host-cluster.ts'
import { hindrance } from './hosts/namespaces.ts'
import { makeReleases, type Releases } from './hosts/releases.ts'
import { ANSWERS } from './stories/answers.ts'
import { FAIL_OVER } from './stories/fail-over.ts'
import { ONE_NIMBUS } from './stories/one-nimbus.ts'
import { Stage, type Story } from './stories/story.ts'
import { VERSIONS } from './stories/versions.ts'

const STORIES: Readonly<Record<string, Story>> = {
  words: ONE_NIMBUS,
  'fail-over': FAIL_OVER,
  versions: VERSIONS,
  answers: ANSWERS,
}
const ONLY = process.env['HOSTS_ONLY']?.split(',') ?? Object.keys(STORIES)
const HOSTS = 3
const SLOTS = 4

const why = hindrance() ?? (spawnSync('etcd', ['--version']).status === 0 ? undefined : 'etcd is not installed')
if (why !== undefined) {
  console.log(`the proof of several hosts cannot run here: ${why}`)
  process.exit(1)
}
const folder = made()
const figures = new Figures()
let packed: Releases | undefined
const wrong: string[] = []
try {
  for (const name of ONLY) {
    const found = await play(name, STORIES[name]!).catch((error: unknown) => String(error))
    if (found !== '') wrong.push(`${name}: ${found}`)
  }
} finally {
  if (process.env['KEEP'] === undefined) await remove(folder)
  else console.log(`what was written is in ${folder}`)
}
figures.show()
console.log(wrong.length === 0 ? 'nothing was lost, and nothing came twice' : wrong.join('\n'))
process.exitCode = wrong.length === 0 ? 0 : 1

/** @returns what is not as it should be, '' where all is */
async function play(name: string, story: Story): Promise<string> {
  const { hasStore = false, release } = story
  const own = join(folder, name)
  mkdirSync(own)
  const leaseSecs = Number(process.env['HOSTS_LEASE'] ?? (hasStore ? 10 : 3))
  const shape = { hosts: HOSTS, slots: SLOTS, leaseSecs }
  const store = hasStore ? { storeLeaseSecs: Number(process.env['HOSTS_STORE_LEASE'] ?? 5) } : {}
  const begun = release === undefined ? {} : { command: releases()[release].command }
  const cluster = new HostCluster(own, { ...shape, ...store, ...begun })
  const stage = new Stage(cluster, own, releases, figures)
  try {
    await figures.time(`${name}: ${HOSTS} hosts have joined, with a lease of ${leaseSecs} s`, () => cluster.start())
    return await story.play(stage)
  } finally {
    stage.close()
    cluster.close()
  }
}

/** They are packed once. */
function releases(): Releases {
  if (packed === undefined) mkdirSync(join(folder, 'releases'))
  packed ??= makeReleases(join(folder, 'releases'))
  return packed
}
