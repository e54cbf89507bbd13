/** What a worker sends to the others. */
import type { LinkFigures } from '../../../history/figures.ts'
import { html } from '../html.ts'
import { linkTo } from '../place.ts'
import { bytes } from '../words.ts'
import { type Column, Table } from './table.ts'

interface LinksProps {
  readonly topology: string
  readonly links: readonly LinkFigures[]
}

/** Nothing where it is the only worker. */
export function Links({ topology, links }: LinksProps) {
  if (links.length === 0) return null
  return html`<h2>Links</h2>
    <${Table} label="Links" columns=${columns(topology)} rows=${links} keyOf=${({ worker }: LinkFigures) => String(worker)} empty="It has none." />`
}

function columns(name: string): readonly Column<LinkFigures>[] {
  const size = (title: string, hint: string, of: (link: LinkFigures) => number): Column<LinkFigures> => ({
    ...{ title, hint, isNumber: true },
    by: of,
    cell: (link) => bytes(Math.round(of(link))),
  })
  return [
    {
      title: 'To',
      by: ({ worker }) => worker,
      cell: ({ worker }) => html`<a href=${linkTo({ at: 'worker', name, worker })}>worker ${worker}</a>`,
    },
    size('In a second', 'Bytes of tuples, on an average', ({ bytesPerSecond }) => bytesPerSecond),
    size('Sent', 'Bytes of tuples', ({ sentBytes }) => sentBytes),
    size('Waiting', 'Bytes that the network has not taken yet', ({ waitingBytes }) => waitingBytes),
    size('Most', 'The most that have waited', ({ mostWaitingBytes }) => mostWaitingBytes),
  ]
}
