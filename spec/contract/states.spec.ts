/**
 * Every backing map that comes with Typhoon against the contract of backing maps, and of each kind of map state over
 * it.
 */
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { checkOptions } from '../../lib/shape/options.ts'
import type { BackingMap } from '../../lib/trident/model/state.ts'
import { CachedMap } from '../../lib/trident/state/backing/cached-map.ts'
import { LmdbBackingMap } from '../../lib/trident/state/backing/lmdb-backing-map.ts'
import { manifestOf } from '../../lib/trident/state/backing/manifest.ts'
import { MemoryBackingMap } from '../../lib/trident/state/backing/memory-backing-map.ts'
import { openRedisMap } from '../../lib/trident/state/backing/redis-backing-map.ts'
import { REDIS_CONNECTION, type RedisOptions } from '../../lib/trident/state/backing/redis-options.ts'
import { folderOf, sharedFolder } from '../folder.ts'
import { HAS_REDIS, RedisServer, stateContext } from '../trident/state/fixtures.ts'
import { BACKING_CASES, type Case, type Home, STATE_CASES } from './states.ts'

interface Subject {
  readonly name: string
  readonly survives: boolean
  readonly isMissing?: boolean
  home(t: ExecutionContext): Home
}

const folder = sharedFolder()
let redis: RedisServer | undefined
let homes = 0
const opened = new Set<BackingMap>()

test.before(async () => {
  if (HAS_REDIS) redis = await RedisServer.start(folder)
})

test.after.always(() => redis?.kill())

/** What a user would write: two functions, promises, and no more. */
class OwnMap implements BackingMap {
  readonly #values = new Map<string, string>()

  async multiGet(keys: readonly string[]) {
    return keys.map((key) => JSON.parse(this.#values.get(key) ?? 'null'))
  }

  async multiPut(keys: readonly string[], values: readonly unknown[]) {
    for (const [index, key] of keys.entries()) this.#values.set(key, JSON.stringify(values[index] ?? null))
  }

  *entries(): Iterable<readonly [string, any]> {
    for (const [key, text] of this.#values) if (text !== 'null') yield [key, JSON.parse(text)]
  }
}

function keptMap(map: BackingMap): Home {
  return { open: async () => map }
}

const EMBEDDED: Subject = {
  name: 'embedded',
  survives: true,
  home(t) {
    const directory = join(folderOf(t), 'store')
    return { open: async (kind) => new LmdbBackingMap(directory, manifestOf(stateContext({}), kind), { sync: 'none' }) }
  },
}

const REDIS: Subject = {
  name: 'redis',
  survives: true,
  isMissing: !HAS_REDIS,
  home() {
    const prefix = `home ${homes++}`
    const options: RedisOptions = { port: redis!.port, prefix }
    const settings = checkOptions('redisMap', options, REDIS_CONNECTION)
    return { open: (kind) => openRedisMap(settings, manifestOf(stateContext({}), kind)) }
  },
}

const SUBJECTS: readonly Subject[] = [
  { name: 'memory', survives: false, home: () => keptMap(new MemoryBackingMap()) },
  { name: 'a map of two functions', survives: false, home: () => keptMap(new OwnMap()) },
  EMBEDDED,
  REDIS,
  ...[EMBEDDED, REDIS].map(
    (subject): Subject => ({
      ...subject,
      name: `${subject.name} with a small cache`,
      home(t) {
        const inner = subject.home(t)
        return { open: async (kind) => new CachedMap(await inner.open(kind), 4) }
      },
    }),
  ),
]

function testCase(subject: Subject, title: string, one: Case): void {
  test.serial(`${subject.name}: ${title}`, async (t) => {
    const home = subject.home(t)
    try {
      await one.play(t, {
        async open(kind) {
          const map = await home.open(kind)
          opened.add(map)
          return map
        },
      })
    } finally {
      for (const map of opened) await map.close?.()
      opened.clear()
    }
  })
}

for (const subject of SUBJECTS) {
  const states = STATE_CASES.flatMap((one) => one.kinds.map((kind) => ({ one, kind })))
  if (subject.isMissing === true) {
    const count = BACKING_CASES.length + states.length
    test(`redis-server is not installed: ${count} tests of ${subject.name} left out`, (t) => t.pass())
    continue
  }
  for (const one of BACKING_CASES) {
    if (one.reopens !== true || subject.survives) testCase(subject, one.title, one)
  }
  for (const { one, kind } of states) {
    if (one.reopens === true && !subject.survives) continue
    testCase(subject, `${article(kind)} state ${one.title}`, { ...one, kinds: [kind] } as Case)
  }
}

function article(kind: string): string {
  return `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`
}
