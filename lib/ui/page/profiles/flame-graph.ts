/** A CPU profile, drawn: each function as wide as the time that was spent in it, below the one that calls it. */
import { useState } from 'preact/hooks'
import { html } from '../html.ts'
import { type Column, Table } from '../parts/table.ts'
import { percent } from '../words.ts'
import { type Box, boxesOf, type CpuProfile, type Flame, type Frame, flameOf, hottest, type Owner } from './flame.ts'

const ROW_PX = 20
const HOTTEST = 10

const OWNERS: Readonly<Record<Owner, string>> = {
  topology: 'the topology',
  package: 'packages',
  typhoon: 'Typhoon',
  node: 'Node.js',
  engine: 'the engine',
}

/** @param profile it is not looked at again: another one needs another key */
export function FlameGraph({ profile }: { readonly profile: CpuProfile }) {
  const [flame] = useState(() => flameOf(profile))
  const [focus, setFocus] = useState(flame.root)
  const boxes = boxesOf(focus)
  const rows = Math.max(...boxes.map(({ row }) => row)) + 1
  const isWhole = focus === flame.root
  return html`<div class="panel flame-panel">
    <p class="facts">
      <span>${idleText(flame)}</span>
      ${Object.entries(OWNERS).map(([owner, word]) => html`<span key=${owner}><span class=${`key flame-${owner}`} aria-hidden="true"></span>${word}</span>`)}
      <span class="spring"></span>
      <button type="button" disabled=${isWhole} onClick=${() => setFocus(flame.root)}>Show all</button>
    </p>
    <div class="flame" role="group" aria-label="Flame graph" style=${{ height: `${rows * ROW_PX}px` }}>
      ${boxes.map((box) => html`<${FlameBox} key=${box.frame.id} box=${box} root=${flame.root} onChoose=${setFocus} />`)}
    </div>
    <h3>Most time in themselves</h3>
    <${Table} label="Functions" columns=${columns(flame.root)} rows=${hottest(flame.root, HOTTEST)} keyOf=${({ name, place }: Hot) => JSON.stringify([name, place])} empty="Nothing was done." />
  </div>`
}

interface FlameBoxProps {
  readonly box: Box
  readonly root: Frame
  onChoose(frame: Frame): void
}

function FlameBox({ box: { frame, row, left, width }, root, onChoose }: FlameBoxProps) {
  const { name, place, owner, self, total } = frame
  const title = `${name} ${place}: ${percent(shareOf(total, root))}, in itself ${percent(shareOf(self, root))}`
  const style = { left: `${left * 100}%`, width: `${width * 100}%`, top: `${row * ROW_PX}px` }
  return html`<button type="button" class=${`flame-box flame-${owner}`} style=${style} title=${title} onClick=${() => onChoose(frame)}>${name} <span class="place">${place}</span></button>`
}

function idleText({ root, idle }: Flame): string {
  const all = root.total + idle
  return `${percent(all === 0 ? 0 : root.total / all)} of ${(all / 1e6).toFixed(1)} s busy`
}

function shareOf(us: number, { total }: Frame): number {
  return total === 0 ? 0 : us / total
}

type Hot = ReturnType<typeof hottest>[number]

function columns(root: Frame): readonly Column<Hot>[] {
  return [
    { title: 'Function', by: ({ name }) => name, cell: ({ name }) => html`<code>${name}</code>` },
    { title: 'Where', by: ({ place }) => place, cell: ({ place }) => place },
    { title: 'Whose', by: ({ owner }) => owner, cell: ({ owner }) => OWNERS[owner] },
    {
      ...{ title: 'In itself', hint: 'Of the time in which something was done', isNumber: true },
      by: ({ self }) => self,
      cell: ({ self }) => percent(shareOf(self, root)),
    },
  ]
}
