import test from 'ava'
import { watermarkEdges } from '../../lib/scheduler/watermark-edges.ts'
import type { ComponentSpec, Topology } from '../../lib/topology/topology.ts'

/** `a* b` are spouts of which the first has timestamps; `c<a,b` is a bolt. */
function topology(...lines: readonly string[]): Topology {
  const components = lines.map((line): [string, ComponentSpec] => {
    const [, id, isTimed, sources = ''] = /^(\w+)(\*?)(?:<([\w,]+))?$/.exec(line)!
    const inputs = sources
      .split(',')
      .filter((source) => source !== '')
      .map((component) => ({ component, stream: 'default', grouping: { type: 'shuffle' as const } }))
    const timestamps = isTimed === '*' ? { timestamps: { field: 'at' } } : {}
    const outputs = { default: { fields: ['at'], direct: false } }
    return [
      id!,
      { kind: sources === '' ? 'spout' : 'bolt', outputs, inputs, parallelism: 1, config: {}, ...timestamps },
    ]
  })
  return { name: 'time', config: {}, components: Object.fromEntries(components) }
}

const edges = (...lines: readonly string[]): string[] =>
  watermarkEdges(topology(...lines))
    .map(({ from, to }) => `${from} ${to}`)
    .sort()

test('a topology without timestamps has no watermarks', (t) => {
  t.deepEqual(edges('a', 'b<a', 'c<b'), [])
})

test('they go from where they are made to all that is behind', (t) => {
  t.deepEqual(edges('a*', 'b<a', 'c<a,b'), ['a b', 'a c', 'b c'])
  t.deepEqual(edges('a', 'b*<a', 'c<b'), ['b c'])
})

test('a source without timestamps says nothing, and holds nobody back', (t) => {
  t.deepEqual(edges('a*', 'b', 'c<b', 'd<a,c'), ['a d'])
})

test('who has timestamps of its own hears of no other', (t) => {
  t.deepEqual(edges('a*', 'b*<a', 'c<a,b'), ['a c', 'b c'])
})

test('on a cycle they go away from where it is entered, and none waits for itself', (t) => {
  t.deepEqual(edges('a*', 'b<a,d', 'c<b', 'd<c'), ['a b', 'b c', 'c d'])
  t.deepEqual(edges('a*', 'b<a,b'), ['a b'])
  t.deepEqual(edges('a*', 'd<c', 'c<b', 'b<a,d', 'e<d'), ['a b', 'b c', 'c d', 'd e'])
})
