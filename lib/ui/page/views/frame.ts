/** What is around each part of the page: where one is, whether what one sees is of now, and who one is. */
import { useContext, useEffect } from 'preact/hooks'
import { type Children, html } from '../html.ts'
import { linkTo } from '../place.ts'
import type { Watched } from '../watch.ts'
import { Signed } from './signed.ts'

interface FrameProps {
  readonly title: string
  readonly watched: Watched<unknown>
  readonly at: 'topologies' | 'hosts' | 'elsewhere'
  /** The way here: names and links. */
  readonly way?: readonly (readonly [string, string])[]
  readonly children?: Children
}

export function Frame({ title, watched, at, way = [], children }: FrameProps) {
  const { who, onSignOut, onEnded } = useContext(Signed)
  const { isLive, ended, view } = watched
  useEffect(() => {
    document.title = `${title} · Typhoon`
  }, [title])
  useEffect(() => {
    if (ended?.status === 401) onEnded()
  }, [ended])
  return html`
    <a class="skip" href="#main" onClick=${skip}>Skip to the content</a>
    <header class="top">
      <a class="brand" href="#/">Typhoon</a>
      <nav aria-label="Pages">
        <a href=${linkTo({ at: 'topologies' })} aria-current=${at === 'topologies' ? 'page' : undefined}>Topologies</a>
        <a href=${linkTo({ at: 'hosts' })} aria-current=${at === 'hosts' ? 'page' : undefined}>Hosts</a>
      </nav>
      <span class=${`live ${isLive ? 'good' : 'warn'}`} role="status">${isLive ? 'live' : 'connecting…'}</span>
      <span class="who"><span class="dim">${who.name} may ${who.role}</span>
        <button type="button" class="quiet" onClick=${onSignOut}>Sign out</button></span>
    </header>
    <main id="main" tabindex="-1" class=${isLive || view === undefined ? '' : 'old'}>
      ${
        way.length === 0
          ? null
          : html`<nav class="way" aria-label="The way here">${way.map(
              ([name, href]) => html`<a key=${href} href=${href}>${name}</a><span aria-hidden="true"> › </span>`,
            )}</nav>`
      }
      <h1>${title}</h1>
      ${ended?.status === 404 ? html`<p class="empty">${ended.message}</p>` : null}
      ${view === undefined && ended === undefined ? html`<p class="dim">Asking the server…</p>` : null}
      ${children}
    </main>
  `
}

function skip(event: Event): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
}
