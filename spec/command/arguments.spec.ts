import test from 'ava'
import {
  parseConfig,
  parseDirectory,
  parseDuration,
  parseVariable,
  parseWorkers,
} from '../../lib/command/input/arguments.ts'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'

function gives<T>(title: string, actual: () => T, expected: T): void {
  test(title, (t) => t.deepEqual(actual(), expected))
}

function refuses(title: string, call: () => unknown, hint?: string): void {
  test(title, (t) => {
    const error = t.throws<TyphoonError>(call)
    t.is(error?.code, 'USAGE')
    if (hint !== undefined) t.is(error?.hint, hint)
  })
}

gives('a duration may be in milliseconds', () => parseDuration('500ms'), 500)
gives('a duration may be in seconds', () => parseDuration('30s'), 30_000)
gives('a duration may be in minutes and have a fraction', () => parseDuration('1.5m'), 90_000)
gives('a duration may be in hours', () => parseDuration('2h'), 7_200_000)
for (const text of ['30', 's', '-1s', '1 s', '0s', '1d', '1e3s', '', `${'9'.repeat(400)}h`]) {
  refuses(`"${text}" is no duration`, () => parseDuration(text), 'a number and a unit: 500ms, 30s, 5m, 1.5h')
}
gives('a duration may be longer than a timer of Node.js', () => parseDuration('1000h'), 3_600_000_000)

gives('a number of workers is a whole number', () => parseWorkers('4'), 4)
refuses('there is at least one worker', () => parseWorkers('0'))
for (const text of ['two', '1.5', '-1', '1e2', '']) {
  refuses(`"${text}" is no number of workers`, () => parseWorkers(text))
}

gives('the value of -c may be a number', () => parseConfig('topology.workers=4'), { 'topology.workers': 4 })
gives('the value of -c may be any JSON', () => parseConfig('mine={"a":[1,null]}'), { mine: { a: [1, null] } })
gives('the value of -c is text where it is no JSON', () => parseConfig('mine=a b'), { mine: 'a b' })
gives('the value of -c may have equals signs', () => parseConfig('mine=a=b'), { mine: 'a=b' })
gives('the value of -c may be empty', () => parseConfig('mine='), { mine: '' })
gives('a key that takes a text gets just that text', () => parseConfig('drpc.token=0012345678901234567890'), {
  'drpc.token': '0012345678901234567890',
})
gives(
  'a text may stand in quotes, and null is no text',
  () => parseConfig('topology.state.dir="a"', parseConfig('drpc.token=null')),
  {
    'drpc.token': null,
    'topology.state.dir': 'a',
  },
)
for (const [text, right] of [
  ['workers=3', 'topology.workers'],
  ['drpc.prot=3', 'drpc.http.port'],
  ['topology.wokers=3', 'topology.workers'],
  ['topology={"workers":2}', 'topology.workers'],
  ['my.id=12345678901234567890', '"12345678901234567890"'],
] as const) {
  test(`-c ${text} is refused with what is right`, (t) => {
    const error = t.throws<TyphoonError>(() => parseConfig(text))
    t.is(error?.code, 'USAGE')
    t.true(error?.hint?.includes(right), error?.hint)
  })
}
gives('-c is gathered, the later value wins', () => parseConfig('a=2', parseConfig('b=1', parseConfig('a=1'))), {
  a: 2,
  b: 1,
})
refuses('-c needs an equals sign', () => parseConfig('mine'), 'example: -c topology.workers=4')
refuses('-c needs a key', () => parseConfig('=1'))
refuses('-c checks the keys that the runtime knows', () => parseConfig('topology.debug=maybe'))

gives('the value of --set stays text', () => parseVariable('n=4'), { n: '4' })
gives('--set is gathered', () => parseVariable('b=x=y', { a: '1' }), { a: '1', b: 'x=y' })
refuses('--set needs an equals sign', () => parseVariable('input'), 'example: --set input=data.txt')

gives('a folder stays as it is written', () => parseDirectory('state/a'), 'state/a')
refuses('a folder has a name', () => parseDirectory(' '), 'example: --state state')

test('JSON that is nested ten thousand levels deep is refused', (t) => {
  const error = t.throws(() => parseConfig(`my.list=${'['.repeat(10_000)}${']'.repeat(10_000)}`), {
    instanceOf: TyphoonError,
  })
  t.is(error.code, 'USAGE')
  t.true(error.message.length < 300)
})
