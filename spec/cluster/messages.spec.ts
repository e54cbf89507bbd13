/** Whatever a supervisor or a nimbus is told that is not a message ends in BAD_FRAME, and in nothing else. */
import test from 'ava'
import fc from 'fast-check'
import { readFromSupervisor, readToSupervisor } from '../../lib/cluster/messages.ts'
import { HELLO, LAUNCH } from './messages.ts'

const FROM: readonly object[] = [
  { type: 'hello', ...HELLO },
  { type: 'hello', ...HELLO, rack: 'r1', running: ['a.1.1'] },
  { type: 'beat', beat: 1 },
  { type: 'started', launch: 'a.1.1' },
  { type: 'exit', launch: 'a.1.1', exit: { how: 'exit code 1', lastWords: ['no'], bySignal: false } },
  { type: 'output', launch: 'a.1.1', stream: 'stdout', line: 'hello' },
  { type: 'written', launch: 'a.1.1' },
  { type: 'draining' },
  { type: 'brought' },
]
const TO: readonly object[] = [
  { type: 'welcome', leaseMs: 1000, topologies: ['words-1-2'] },
  { type: 'heard', beat: 1 },
  LAUNCH,
  { type: 'kill', launch: 'a.1.1' },
  { type: 'taken', launch: 'a.1.1', lines: 3 },
  { type: 'doors', doors: [{ port: 3774, address: 'https://10.0.0.1:4000' }] },
  { type: 'forget', topology: 'words-1-2' },
  { type: 'drained' },
  { type: 'adopt', launch: 'a.1.1', nimbus: 'https://10.0.0.1:4000' },
  { type: 'adopt', launch: 'a.1.1', nimbus: 'https://10.0.0.1:4000', resources: { a: { b: 1 } } },
  { type: 'bring', digests: ['0'.repeat(64)] },
]
const OPTIONAL: readonly string[] = ['rack', 'resources']
const SIDES = [
  { read: readFromSupervisor, messages: FROM },
  { read: readToSupervisor, messages: TO },
] as const

function isRefused(read: (data: Buffer) => unknown, text: string): boolean {
  try {
    read(Buffer.from(text))
    return false
  } catch (error) {
    return (error as { code?: string }).code === 'BAD_FRAME'
  }
}

for (const { read, messages } of SIDES) {
  test(`${read.name}: each message is read as it was said`, (t) => {
    for (const message of messages) t.deepEqual(read(Buffer.from(JSON.stringify(message))), message as never)
  })

  test(`${read.name}: what is torn, of another type, or lacks something is refused`, (t) => {
    for (const message of messages) {
      const text = JSON.stringify(message)
      for (let at = 0; at < text.length; at++) t.true(isRefused(read, text.slice(0, at)), text.slice(0, at))
      for (const key of Object.keys(message)) {
        const { [key]: left, ...rest } = message as Record<string, unknown>
        if (!OPTIONAL.includes(key)) t.true(isRefused(read, JSON.stringify(rest)), `${text} without ${key}`)
        const isAny = key === 'bundle'
        if (!isAny) t.true(isRefused(read, JSON.stringify({ ...message, [key]: [[left]] })), `${text}: ${key}`)
      }
    }
  })

  test(`${read.name}: any other text is refused, and so are bytes`, (t) => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => isRefused(read, text)))
    fc.assert(fc.property(fc.uint8Array(), (bytes) => isRefused(read, Buffer.from(bytes).toString('latin1'))))
    const types = fc.constantFrom(...[...FROM, ...TO].map((message) => (message as { type: string }).type))
    fc.assert(
      fc.property(types, fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 2 }), (type, others) => {
        return ['draining', 'drained', 'brought'].includes(type) || isRefused(read, JSON.stringify({ ...others, type }))
      }),
    )
    t.pass()
  })
}

test('numbers out of their range are refused', (t) => {
  for (const slots of [0, -1, 1.5, 10_001, null, '4'])
    t.true(isRefused(readFromSupervisor, JSON.stringify({ type: 'hello', ...HELLO, slots })))
  for (const port of [0, 65_536])
    t.true(isRefused(readToSupervisor, JSON.stringify({ type: 'doors', doors: [{ port, address: 'https://a:1' }] })))
})
