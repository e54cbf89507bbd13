import test from 'ava'
import fc from 'fast-check'
import { type ConfigMap, type ConfigName, mergeConfig, resolveConfig } from '../../../lib/topology/config/config.ts'
import { misspelledKey, validateConfig } from '../../../lib/topology/config/config-check.ts'
import { CONFIG_KEYS } from '../../../lib/topology/config/keys.ts'

const OPTIONS = 'topology.worker.childopts'

test('later layers are stronger, and what one layer does not say comes from the one below', (t) => {
  t.deepEqual(mergeConfig({ a: 1, b: 1 }, undefined, { b: 2, c: 2 }, { c: 3 }), { a: 1, b: 2, c: 3 })
  t.deepEqual(mergeConfig(), {})
})

test('lists are joined, the stronger one first, each element once: one, three below one, two give one, two, three', (t) => {
  t.deepEqual(mergeConfig({ [OPTIONS]: ['one', 'three'] }, { [OPTIONS]: ['one', 'two'] }), {
    [OPTIONS]: ['one', 'two', 'three'],
  })
})

test('the default of a list is replaced, not joined', (t) => {
  t.deepEqual(resolveConfig({ [OPTIONS]: ['one'] })[OPTIONS], ['one'])
  t.deepEqual(resolveConfig()[OPTIONS], [])
})

test('only lists of the runtime are joined: a list of the user is a value like any other', (t) => {
  t.deepEqual(mergeConfig({ 'my.list': [1, 2] }, { 'my.list': [3] }), { 'my.list': [3] })
  t.deepEqual(mergeConfig({ [OPTIONS]: ['one'] }, { [OPTIONS]: null }), { [OPTIONS]: null })
})

test('merging changes none of the layers', (t) => {
  const below: ConfigMap = { [OPTIONS]: ['one'], a: 1 }
  mergeConfig(below, { [OPTIONS]: ['two'], a: 2 })
  t.deepEqual(below, { [OPTIONS]: ['one'], a: 1 })
})

test('merging layers one by one is merging them at once', (t) => {
  const layer = fc.record(
    { a: fc.integer(), b: fc.string(), [OPTIONS]: fc.array(fc.constantFrom('x', 'y', 'z')) },
    { requiredKeys: [], noNullPrototype: true },
  )
  fc.assert(
    fc.property(layer, layer, layer, (one, two, three) => {
      t.deepEqual(mergeConfig(mergeConfig(one, two), three), mergeConfig(one, two, three))
    }),
  )
})

test('a resolved configuration has every key, with its default where nothing is said, and passes unknown keys through', (t) => {
  const config = resolveConfig({ 'topology.workers': 3, 'my.key': { any: 'thing' } }, { 'topology.workers': 4 })
  t.is(config['topology.workers'], 4)
  t.deepEqual(config['my.key'], { any: 'thing' })
  for (const name of Object.keys(CONFIG_KEYS) as ConfigName[]) {
    if (name !== 'topology.workers') t.deepEqual(config[name], CONFIG_KEYS[name].default, name)
  }
})

test('the defaults are valid, and so are the limits of every key; what is beyond them is not', (t) => {
  for (const [name, key] of Object.entries(CONFIG_KEYS) as [
    string,
    { default: unknown; least?: number; most?: number },
  ][]) {
    t.deepEqual(validateConfig({ [name]: key.default }), [], name)
    for (const [limit, beyond] of [
      [key.least, -1],
      [key.most, 1],
    ] as const) {
      if (limit === undefined) continue
      t.deepEqual(validateConfig({ [name]: limit }), [], `${name} ${limit}`)
      t.is(validateConfig({ [name]: limit + beyond })[0]?.code, 'BAD_CONFIG', `${name} ${limit + beyond}`)
    }
  }
})

test('every key says what it means', (t) => {
  for (const [name, key] of Object.entries(CONFIG_KEYS)) t.true(key.doc.length > 10, name)
})

const WRONG: readonly (readonly [ConfigName, unknown, string])[] = [
  ['topology.workers', 0, 'must be a whole number from 1 to 1024, not 0'],
  ['topology.state.sync', 'Commit', 'must be "commit" or "none", not "Commit"'],
  ['topology.workers', 1025, 'must be a whole number from 1 to 1024, not 1025'],
  ['topology.workers', 1.5, 'must be a whole number from 1 to 1024, not 1.5'],
  ['topology.workers', '2', 'must be a whole number from 1 to 1024, not "2"'],
  ['topology.workers', Number.NaN, 'must be a whole number from 1 to 1024, not NaN'],
  ['topology.message.timeout.secs', 0, 'must be a number from 0.001 to 86400, not 0'],
  ['topology.message.timeout.secs', Number.POSITIVE_INFINITY, 'must be a number from 0.001 to 86400, not Infinity'],
  ['topology.debug', 'yes', 'must be true or false, not "yes"'],
  ['topology.dead.letters.file', 7, 'must be a text, not 7'],
  ['topology.worker.childopts', '--flag', 'must be a list of texts, not "--flag"'],
  ['topology.worker.childopts', ['--flag', 1], 'must be a list of texts, not one with a number'],
  ['topology.workers', undefined, 'must be a whole number from 1 to 1024, not undefined'],
  ['drpc.host', '', 'is empty; null leaves it at its default'],
  ['topology.state.dir', '', 'is empty; null leaves it at its default'],
]

for (const [name, value, what] of WRONG) {
  test(`${name} ${what}`, (t) => {
    const [problem, ...others] = validateConfig({ [name]: value }, { component: 'split' })
    t.like(problem, { code: 'BAD_CONFIG', where: { component: 'split', key: name }, hint: CONFIG_KEYS[name].doc })
    t.deepEqual(others, [])
  })
}

test('a token is a text that a header can carry, and whatever else is given is not shown', (t) => {
  for (const token of ['x', 'open-sesame', '!~', 'x'.repeat(1024)])
    t.deepEqual(validateConfig({ 'drpc.token': token }), [])
  const wrong = ['', ' ', 'two words', 'a\nb', 'sésame', 'x'.repeat(1025), 271_828, true, ['x'], { x: 1 }]
  for (const token of wrong) {
    const [problem] = validateConfig({ 'drpc.token': token as never })
    t.like(problem, {
      code: 'BAD_CONFIG',
      where: { key: 'drpc.token' },
    })
  }
})

test('null takes a value back, for every key', (t) => {
  for (const name of Object.keys(CONFIG_KEYS)) t.deepEqual(validateConfig({ [name]: null }), [], name)
})

test('all that is wrong is found at once, and keys of the user are not looked at', (t) => {
  const problems = validateConfig({
    'topology.workers': 0,
    'fake.config': 123,
    'topology.debug': 1 as never,
  })
  t.deepEqual(
    problems.map(({ where }) => where.key),
    ['topology.workers', 'topology.debug'],
  )
})

for (const [name, value, right] of [
  ['workers', 3, 'topology.workers'],
  ['max.spout.pending', 3, 'topology.max.spout.pending'],
  ['topologyMaxSpoutPending', 3, 'topology.max.spout.pending'],
  ['TOPOLOGY_WORKERS', 3, 'topology.workers'],
  ['topology', { workers: 2 }, 'topology.workers'],
  ['topology', { 'topology.workers': 2 }, 'topology.workers'],
  ['drpc', { token: 'x' }, 'drpc.token'],
] as const) {
  test(`${name} with ${JSON.stringify(value)} would be without effect, and is refused with the right spelling`, (t) => {
    const problems = validateConfig({ [name]: value })
    t.deepEqual(
      problems.map(({ code }) => code),
      ['BAD_CONFIG'],
    )
    t.regex(problems[0]!.hint!, new RegExp(`\\b${right}\\b`))
  })
}

test('a whole number that a double cannot hold is refused at any depth, for a configuration is JSON', (t) => {
  const problems = validateConfig({ 'my.ids': [1, { id: 2n ** 64n }], 'my.other': 2 ** 60 })
  t.deepEqual(
    problems.map(({ code, where }) => [code, where.key]),
    [['BAD_CONFIG', 'my.ids']],
  )
})

test('a value that is nested ten thousand levels deep is refused', (t) => {
  const deep = Array.from({ length: 10_000 }).reduce<unknown>((inner) => [inner], 1)
  t.like(validateConfig({ 'my.list': deep })[0], { code: 'BAD_CONFIG', where: { key: 'my.list' } })
})

test('names that every object has are keys of the user', (t) => {
  t.deepEqual(validateConfig({ toString: 1, constructor: 2 }), [])
  t.deepEqual(mergeConfig({ toString: [1] }, { toString: [2] }), { toString: [2] })
})

test('a key that is one of the runtime but for a slip or two is an error with the right spelling', (t) => {
  for (const [wrong, right] of [
    ['topology.wokers', 'topology.workers'],
    ['topology.message.timout.sec', 'topology.message.timeout.secs'],
    ['drpc.tokn', 'drpc.token'],
  ] as const) {
    const [problem, ...others] = validateConfig({ [wrong]: 1 })
    t.is(problem?.code, 'BAD_CONFIG')
    t.true(problem?.hint?.includes(`write ${right};`), problem?.hint)
    t.deepEqual(others, [])
  }
  // Other keys of Storm's, which a topology may bring along.
  for (const key of [
    'topology.transfer.buffer.size',
    'topology.kryo.register',
    'topology.worker.receiver.thread.count',
  ])
    t.deepEqual(validateConfig({ [key]: 1 }), [])
})

test('a key that resembles one of the runtime gets a warning, and no other does', (t) => {
  t.is(misspelledKey('topology.worker')?.hint, 'did you mean "topology.workers"?')
  t.is(misspelledKey('drpc.prot')?.hint, 'did you mean "drpc.http.port"?')
  t.is(misspelledKey('topology.workers'), undefined)
  t.is(misspelledKey('topology.something.of.mine.that.is.far.from.all'), undefined)
  t.is(misspelledKey('my.topology.worker'), undefined)
})

for (const [what, value] of [
  ['a whole number over 2^53', 2n ** 60n],
  ['a function', () => 1],
  ['no number', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['a date', new Date(0)],
  ['a map of JavaScript', new Map()],
  ['a regular expression', /a/],
  ['an error', new Error('of a configuration')],
  ['the address of a page', new URL('http://127.0.0.1/')],
  ['a date inside of a list inside of a map', { when: [new Date(0)] }],
] as const)
  test(`a key of your own cannot hold ${what}: workers would get something else`, (t) => {
    t.deepEqual(
      validateConfig({ 'my.key': value }).map(({ code, where }) => [code, where.key]),
      [['BAD_CONFIG', 'my.key']],
    )
  })

test('a key of your own can hold plain data', (t) => {
  t.deepEqual(validateConfig({ 'my.key': { list: [1, 'two', true, null], map: Object.create(null) } }), [])
})
