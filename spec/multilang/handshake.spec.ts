/** The first message to a child: its place in the topology, in Storm's words. */
import test from 'ava'
import { Fields } from '../../lib/index.ts'
import { handshakeOf } from '../../lib/multilang/parent/handshake.ts'
import { FakeContext } from '../components/fakes.ts'

const STREAMS: Readonly<Record<string, ReadonlyMap<string, Fields>>> = {
  component: new Map([
    ['default', new Fields(['word'])],
    ['errors', new Fields(['text', 'why'])],
  ]),
  words: new Map([['default', new Fields(['word', 'n'])]]),
}

class PlacedContext extends FakeContext {
  override readonly taskToComponent = new Map([
    [1, 'component'],
    [2, 'words'],
    [3, 'sink'],
  ])
  override readonly targets: Map<string, any> = new Map([
    ['default', new Map([['sink', { type: 'shuffle' }]])],
    ['errors', new Map([['sink', { type: 'local-or-shuffle' }]])],
  ])
  override readonly sources: Map<string, any> = new Map([
    ['words', new Map([['default', { type: 'fields', fields: ['word'] }]])],
  ])

  override streamsOf(component = 'component'): ReadonlyMap<string, Fields> {
    return STREAMS[component]!
  }
}

test('a child is told the tasks, its streams, who subscribes to them, and what it subscribes to', (t) => {
  const { context, pidDir } = handshakeOf(new PlacedContext(), '/pids', '1.2.3')
  t.is(pidDir, '/pids')
  t.deepEqual(context, {
    'task->component': { '1': 'component', '2': 'words', '3': 'sink' },
    taskid: 1,
    componentid: 'component',
    streams: ['default', 'errors'],
    'stream->outputfields': { default: ['word'], errors: ['text', 'why'] },
    'stream->target->grouping': {
      default: { sink: { type: 'SHUFFLE' } },
      errors: { sink: { type: 'LOCAL_OR_SHUFFLE' } },
    },
    'source->stream->grouping': { words: { default: { type: 'FIELDS', fields: ['word'] } } },
    'source->stream->fields': { words: { default: ['word', 'n'] } },
  })
})

test("a child is told its component's configuration, the topology's name, and that its parent is Typhoon", (t) => {
  const config = { 'a.setting': { deep: [1] }, 'topology.message.timeout.secs': 7 }
  const { conf } = handshakeOf(new PlacedContext({ config }), '/pids', '1.2.3')
  t.like(conf, { ...config, 'topology.name': 'test', 'typhoon.version': '1.2.3' })
})

test('a child is not told the secrets of the runtime', (t) => {
  const context = new PlacedContext({ config: { 'drpc.token': 'secret', 'drpc.http.port': 3774, mine: 1 } })
  const { conf } = handshakeOf(context, '/pids', '1.2.3')
  t.false('drpc.token' in conf)
  t.is(conf['drpc.http.port'], 3774)
  t.is(conf['mine'], 1)
})
