import test from 'ava'
import { planMermaid } from '../../lib/command/render/plan-mermaid.ts'
import { planLines } from '../../lib/command/render/plan-text.ts'
import { describePlan } from '../../lib/scheduler/describe.ts'
import { planTopology } from '../../lib/scheduler/plan.ts'
import { bolt, examplePlan, spout, textOf, topologyOf } from './parts.ts'

/** numbers → check ⇄ again, and check → log; no ackers. */
const LOOP = describePlan(
  planTopology(
    topologyOf(
      {
        numbers: spout('n'),
        log: bolt({ check: { type: 'none' } }),
        check: bolt({ numbers: { type: 'fields', fields: ['n'] }, again: { type: 'shuffle' } }, ['n', 'left']),
        again: bolt({ check: { type: 'partial-key', fields: ['n', 'left'] } }, ['n']),
      },
      { 'topology.acker.executors': 0 },
    ),
  ),
)

test('a plan as text: components, workers, edges, the acker', (t) => {
  t.deepEqual(textOf(planLines(describePlan(examplePlan()))), [
    'example: 2 components, 3 tasks, 2 workers',
    '',
    'component  kind         executors  tasks  workers',
    'lines      spout                1  1      1',
    'split      bolt                 2  2, 3   1, 2',
    '__acker    system bolt          2  4, 5   1, 2',
    '',
    'worker  tasks  component and tasks',
    '1           3  lines 1 · split 3 · __acker 5',
    '2           2  split 2 · __acker 4',
    '',
    'from   stream         to     grouping  holds back',
    'lines  default(line)  split  shuffle   yes',
    'every component reports to __acker, which answers the spouts',
  ])
})

test('edges on a cycle do not hold back, and the components stand in the order of the data', (t) => {
  t.deepEqual(textOf(planLines(LOOP)).slice(2), [
    'component  kind   executors  tasks  workers',
    'numbers    spout          1  1      1',
    'check      bolt           1  3      1',
    'again      bolt           1  4      1',
    'log        bolt           1  2      1',
    '',
    'worker  tasks  component and tasks',
    '1           4  numbers 1 · check 3 · again 4 · log 2',
    '',
    'from     stream            to     grouping              holds back',
    'numbers  default(n)        check  fields(n)             yes',
    'again    default(n)        check  shuffle               no',
    'check    default(n, left)  again  partial-key(n, left)  no',
    'check    default(n, left)  log    none                  yes',
    'no tuple is tracked: the topology has no ackers',
    'cycle: check → again → check; its edges do not hold back',
  ])
})

test('a plan as data is plain JSON and names every edge, the runtime own ones too', (t) => {
  const description = describePlan(examplePlan())
  t.deepEqual(JSON.parse(JSON.stringify(description)), description)
  t.deepEqual(description.workers, [
    { worker: 1, tasks: [1, 3, 5] },
    { worker: 2, tasks: [2, 4] },
  ])
  t.deepEqual(description.components[1], {
    id: 'split',
    kind: 'bolt',
    system: false,
    executors: 2,
    tasks: [
      { task: 2, executor: 2, worker: 2 },
      { task: 3, executor: 3, worker: 1 },
    ],
  })
  t.deepEqual(
    description.edges.filter(({ system }) => !system),
    [
      {
        from: 'lines',
        stream: 'default',
        fields: ['line'],
        to: 'split',
        grouping: { type: 'shuffle' },
        system: false,
        holdsBack: true,
      },
    ],
  )
  const system = new Set(description.edges.filter(({ system }) => system).map(({ from, to }) => `${from} ${to}`))
  t.deepEqual([...system].sort(), ['__acker lines', 'lines __acker', 'split __acker'])
  t.deepEqual(LOOP.cycles, [['check', 'again']])
})

test('a bolt that subscribes to itself is a cycle', (t) => {
  const loop = bolt({ numbers: { type: 'shuffle' }, loop: { type: 'shuffle' } }, ['n'])
  t.deepEqual(describePlan(planTopology(topologyOf({ numbers: spout('n'), loop }))).cycles, [['loop']])
})

test('a plan as Mermaid', (t) => {
  t.is(
    planMermaid(describePlan(examplePlan())),
    `flowchart LR
  c1(["lines<br/>1 task on worker 1"])
  c2["split<br/>2 tasks on workers 1, 2"]
  c3[["__acker<br/>2 tasks on workers 1, 2"]]
  c1 -->|"shuffle"| c2
  c3 -.-> c1
  c1 -.-> c3
  c2 -.-> c3
`,
  )
})

test('Mermaid gets ids that it could misread as numbers of characters, and cycles dotted', (t) => {
  const odd = topologyOf(
    {
      'end "1"': spout('n'),
      '<b>': bolt({ 'end "1"': { type: 'all' }, '<b>/more': { type: 'global' } }, [], {
        outputs: { more: { fields: ['n'], direct: false } },
      }),
    },
    { 'topology.acker.executors': 0 },
  )
  t.is(
    planMermaid(describePlan(planTopology(odd))),
    `flowchart LR
  c1(["end #34;1#34;<br/>1 task on worker 1"])
  c2["#60;b#62;<br/>1 task on worker 1"]
  c1 -->|"all"| c2
  c2 -.->|"more: global"| c2
`,
  )
})
