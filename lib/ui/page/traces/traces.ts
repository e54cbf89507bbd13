/** Tuple trees of a topology: which are followed, the last that have failed, and one of them as a whole. */
import { useState } from 'preact/hooks'
import type { TopologyLook } from '../../../api/page-views.ts'
import type { FailedRoot, Trace, TracingStatus } from '../../../run/index.ts'
import { ofTopology, useAsked } from '../asked.ts'
import { html } from '../html.ts'
import { Status } from '../parts/status.ts'
import { type Column, Table } from '../parts/table.ts'
import { linkTo } from '../place.ts'
import { ask, type Refusal, request } from '../session.ts'
import { Frame } from '../views/frame.ts'
import { useWatch } from '../watch.ts'
import { clockTime, milliseconds } from '../words.ts'
import { toneOf, Waterfall } from './waterfall.ts'

const EVERY_MS = 2000
/** For how long a part of the trees is followed that is chosen here. */
const FOLLOW_SECS = 600
const WAIT_SECS = 10
const SAMPLES = [1 / 65_536, 1 / 1024, 1 / 128, 1 / 16, 1]

interface TracesProps {
  readonly name: string
  /** The one that is shown. */
  readonly root: string | undefined
}

export function Traces({ name, root }: TracesProps) {
  const watched = useWatch<TopologyLook>(`/v1/watch?${new URLSearchParams({ topology: name, window: '600' })}`)
  const way = [
    ['Topologies', linkTo({ at: 'topologies' })],
    [name, linkTo({ at: 'topology', name })],
    ...(root === undefined ? [] : [['Tuple trees', linkTo({ at: 'traces', name })] as const]),
  ] as const
  return html`<${Frame} title=${root === undefined ? 'Tuple trees' : `Root ${root}`} watched=${watched} at="elsewhere" way=${way}>
    ${root === undefined ? html`<${Followed} name=${name} />` : html`<${OneTree} key=${root} name=${name} root=${root} />`}
  <//>`
}

function Refused({ refusal }: { readonly refusal: Refusal }) {
  return html`<p class="bad-text" role="alert"><code>${refusal.code}</code> ${refusal.message}${refusal.hint === undefined ? '' : ` (${refusal.hint})`}</p>`
}

function Followed({ name }: { readonly name: string }) {
  const [changes, setChanges] = useState(0)
  const [refused, setRefused] = useState<Refusal | undefined>(undefined)
  const [isWaiting, setWaiting] = useState(false)
  const [next, setNext] = useState<Trace | 'none' | undefined>(undefined)
  const { answer, refusal } = useAsked<TracingStatus>(ofTopology(name, '/traces'), EVERY_MS, String(changes))
  const attempt = async (what: () => Promise<void>): Promise<void> => {
    setRefused(undefined)
    await what().catch(setRefused)
  }
  const follow = (sample: number): Promise<void> =>
    attempt(async () => {
      const seconds = sample === 0 ? {} : { seconds: FOLLOW_SECS }
      await ask('POST', ofTopology(name, '/traces'), { sample, ...seconds })
      setChanges((count) => count + 1)
    })
  const waitForNext = (): Promise<void> => {
    setWaiting(true)
    return attempt(async () => setNext((await nextTrace(name)) ?? 'none')).finally(() => setWaiting(false))
  }
  return html`
    <p>A root is a tuple that a spout has emitted with a message id; its tree is all that comes of it. Trees are recorded where they are followed.</p>
    <div class="row actions">
      <label>Followed for ten minutes <select value=${String(answer?.sample ?? 0)} onChange=${(event: Event) => void follow(Number((event.target as HTMLSelectElement).value))}>
        ${samplesWith(answer?.sample ?? 0).map((sample) => html`<option key=${sample} value=${String(sample)}>${sampleText(sample)}</option>`)}</select></label>
      <button type="button" disabled=${isWaiting} onClick=${() => void waitForNext()}>${isWaiting ? 'Waiting for a root…' : 'Show the next root'}</button>
    </div>
    ${refusal === undefined ? null : html`<${Refused} refusal=${refusal} />`}
    ${refused === undefined ? null : html`<${Refused} refusal=${refused} />`}
    ${next === 'none' ? html`<p class="dim" role="status">No spout has emitted a root in ${WAIT_SECS} seconds.</p>` : null}
    ${next === undefined || next === 'none' ? null : html`<h2>Root ${next.root}</h2><${Tree} name=${name} trace=${next} />`}
    <h2>The last that have failed</h2>
    <${Table} label="Failed roots" columns=${failedColumns(name)} rows=${(answer?.failed ?? []).toReversed()} keyOf=${({ root }: FailedRoot) => root}
      empty=${answer?.sample === 0 ? 'None is followed now.' : 'Of those that are followed none has failed.'} />
  `
}

/** One that the tree is asked of once: what has failed does not change, and what goes on is asked again by hand. */
function OneTree({ name, root }: { readonly name: string; readonly root: string }) {
  const { answer, refusal } = useAsked<Trace>(ofTopology(name, `/traces/${encodeURIComponent(root)}`))
  if (refusal !== undefined) return html`<${Refused} refusal=${refusal} />`
  return answer === undefined
    ? html`<p class="dim">Asking the workers…</p>`
    : html`<${Tree} name=${name} trace=${answer} />`
}

function Tree({ name, trace }: { readonly name: string; readonly trace: Trace }) {
  const { component, task, worker, state, afterMs, reason, messageId, emitted, replayOf, replayedAs } = trace
  const link = (root: string) => html`<a href=${linkTo({ at: 'traces', name, root })}>${root}</a>`
  return html`
    <p class="facts">
      <${Status} tone=${toneOf(state)} word=${afterMs === undefined ? state : `${state} after ${milliseconds(afterMs)}`} />
      <span>by <a href=${linkTo({ at: 'component', name, component })}>${component}</a>, task ${task} on worker ${worker}</span>
      ${emitted === undefined ? null : html`<span>emitted <time datetime=${emitted}>${clockTime(emitted)}</time></span>`}
      ${messageId === undefined ? null : html`<span>message id <code>${messageId}</code></span>`}
      ${replayOf === undefined ? null : html`<span>replay of ${link(replayOf)}</span>`}
      ${replayedAs === undefined ? null : html`<span>replayed as ${link(replayedAs)}</span>`}
    </p>
    ${reason === undefined ? null : html`<p class="bad-text">${reason}</p>`}
    <${Waterfall} topology=${name} trace=${trace} />
    <${Remarks} trace=${trace} />
  `
}

function Remarks({ trace: { isPartial, missing, shifts } }: { readonly trace: Trace }) {
  const said = [
    isPartial ? 'It is not whole: it began before it was followed, or more was recorded than is kept.' : '',
    missing.length === 0 ? '' : `Not answered: ${missing.map((worker) => `worker ${worker}`).join(', ')}.`,
    ...shifts.map(({ worker, ms }) => `The clock of worker ${worker} was moved by ${milliseconds(ms)}.`),
  ].filter((text) => text !== '')
  return html`${said.map((text) => html`<p key=${text} class="dim">${text}</p>`)}`
}

/** Undefined where no root came. @throws Refusal (rejects) */
async function nextTrace(name: string): Promise<Trace | undefined> {
  const answer = await request(ofTopology(name, '/next-trace', { wait: String(WAIT_SECS) }))
  const [line = ''] = (await answer.text()).split('\n')
  return line === '' ? undefined : (JSON.parse(line) as Trace)
}

/** Those to choose from, with the one that is. */
function samplesWith(sample: number): number[] {
  return [...new Set([0, ...SAMPLES, sample])].sort((a, b) => a - b)
}

function sampleText(sample: number): string {
  if (sample === 0) return 'none'
  return sample === 1 ? 'every root' : `one of ${Math.round(1 / sample)} roots`
}

function failedColumns(name: string): readonly Column<FailedRoot>[] {
  return [
    {
      title: 'Root',
      by: ({ root }) => root,
      cell: ({ root }) => html`<a href=${linkTo({ at: 'traces', name, root })}><code>${root}</code></a>`,
    },
    {
      title: 'Emitted',
      by: ({ emitted }) => emitted,
      cell: ({ emitted }) => (emitted === undefined ? '' : clockTime(emitted)),
    },
    { title: 'Spout', by: ({ component }) => component, cell: ({ component, task }) => `${component}, task ${task}` },
    { title: 'Message id', isWide: true, cell: ({ messageId }) => html`<code>${messageId ?? ''}</code>` },
    { title: 'Reason', cell: ({ reason }) => reason ?? '' },
    {
      title: 'Replay of',
      isWide: true,
      cell: ({ replayOf }) =>
        replayOf === undefined ? '' : html`<a href=${linkTo({ at: 'traces', name, root: replayOf })}>${replayOf}</a>`,
    },
  ]
}
