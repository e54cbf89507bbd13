/**
 * The classic face of the Ruby library: components as they were written for Storm's own storm.rb. Real processes of
 * ruby.
 */
import type { ExecutionContext } from 'ava'
import { END, setup, TICK, told, tuple } from './child.ts'
import { RUBY, specsFor, start } from './library-child.ts'

const { spec, register } = specsFor(RUBY)
const ruby = (t: ExecutionContext, text: string) => start(t, RUBY, `require 'storm'\n${text}`)

const next = { command: 'next', id: '' }
const acked = (id: unknown) => ({ command: 'ack', id })
const failed = (id: unknown) => ({ command: 'fail', id })

spec('a classic bolt gets ticks as tuples, waits for task ids, and may put an enumerable of anchors', async (t) => {
  const child = ruby(
    t,
    `class B < Storm::Bolt
  def prepare(conf, context)
    @unit = conf['unit'] + context['componentid']
    @waiting = []
  end

  def process(tup)
    return logWarn("tick #{tup.values}") if tup.tick?

    @waiting << tup
    return if @waiting.length < 2

    ids = emit([@unit], :anchors => @waiting, :stream => 'pairs')
    emit([@unit], :anchor => tup, :direct_task => 7)
    logTrace "to #{ids}"
    @waiting.each { |waiting| ack waiting }
  end
end
B.new.run`,
  )
  const ended = await child.send(setup({ unit: 'u' }), TICK, tuple(1, 'a'), tuple(2, 'b'), [5, 6]).end()
  t.deepEqual(ended.messages, [
    { command: 'log', msg: 'tick [5]', level: 3 },
    { command: 'emit', tuple: ['ub'], anchors: ['1', '2'], stream: 'pairs' },
    { command: 'emit', tuple: ['ub'], anchors: ['2'], task: 7 },
    { command: 'log', msg: 'to [5, 6]', level: 0 },
    { command: 'ack', id: '1' },
    { command: 'ack', id: '2' },
  ] as object[])
})

spec('every command of a spout is answered by one sync, also where its method raises', async (t) => {
  const child = ruby(
    t,
    `class S < Storm::Spout
  def nextTuple
    emit([1], :id => 0, :stream => 's')
    raise NotImplementedError, 'not yet'
  end

  def fail(id)
    log "failed #{id}"
  end
end
S.new.run`,
  )
  const ended = await child
    .send(setup(), { command: 'activate', id: '' }, next, [3], acked(0), failed(0), { command: 'deactivate', id: '' })
    .end()
  t.deepEqual(
    ended.messages.map(({ command }) => command),
    ['sync', 'emit', 'error', 'sync', 'sync', 'log', 'sync', 'sync'],
  )
  t.deepEqual(ended.messages[1], { command: 'emit', tuple: [1], id: 0, stream: 's' } as object)
})

spec('a loop of your own with the words of the protocol runs as it did', async (t) => {
  const child = ruby(
    t,
    `include Storm::Protocol
Storm::Protocol.mode = 'bolt'
conf, _context = handshake
loop do
  tup = Storm::Tuple.from_hash(read_command)
  if tup.is_heartbeat
    sync
  else
    log emit([conf['x']], :anchor => tup)
    ack tup
  end
end`,
  )
  const ended = await child.send(setup({ x: 5 }), { ...END, stream: '__heartbeat' }, tuple(1, 'a'), [8, 9]).end()
  t.deepEqual(told(ended), ['sync null', 'emit [5]', 'log "[8, 9]"', 'ack "1"'])
  t.is(ended.code, 0)
})

register()
