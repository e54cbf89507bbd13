/** The last lines of a log, and those to come. What is too much is left out at the front, not in the memory. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { LogEntry } from '../../../nimbus/logs/log-entry.ts'
import { ofTopology } from '../asked.ts'
import { html } from '../html.ts'
import { request } from '../session.ts'
import { clockTime } from '../words.ts'

const MOST = 500
const FIRST = '200'
/** Lines that come together are drawn together. */
const TOGETHER_MS = 200
const LEVELS = ['debug', 'info', 'warn', 'error'] as const

interface LogsProps {
  readonly topology: string
  readonly component?: string
  readonly worker?: number
}

export function Logs({ topology, component, worker }: LogsProps) {
  const [level, setLevel] = useState('debug')
  const [lines, setLines] = useState<readonly LogEntry[]>([])
  const [isFollowed, setFollowed] = useState(true)
  const end = useRef<HTMLDivElement>(null)
  const query = {
    ...{ lines: FIRST, level, follow: 'true' },
    ...(component === undefined ? {} : { component }),
    ...(worker === undefined ? {} : { worker: String(worker) }),
  }
  const path = ofTopology(topology, '/logs', query)
  useEffect(() => {
    const gone = new AbortController()
    setLines([])
    void follow(path, gone.signal, (more) => setLines((before) => [...before, ...more].slice(-MOST)))
    return () => gone.abort()
  }, [path])
  useEffect(() => {
    if (isFollowed && end.current !== null) end.current.scrollTop = end.current.scrollHeight
  }, [lines, isFollowed])
  return html`<section class="panel log">
    <div class="row tools">
      <label>From level <select value=${level} onChange=${(event: Event) => setLevel((event.target as HTMLSelectElement).value)}>
        ${LEVELS.map((one) => html`<option key=${one} value=${one}>${one}</option>`)}</select></label>
      <label class="check"><input type="checkbox" checked=${isFollowed} onChange=${() => setFollowed(!isFollowed)} /> Follow</label>
    </div>
    <div ref=${end} class="lines" tabindex="0" role="log" aria-label="Log">
      ${lines.length === 0 ? html`<p class="dim">Nothing was said yet.</p>` : null}
      ${lines.map((line, index) => html`<${LogLine} key=${index} line=${line} />`)}
    </div>
  </section>`
}

function LogLine({ line: { time, level, message, worker, component, task, code } }: { readonly line: LogEntry }) {
  const place = [
    worker === 0 ? 'service' : `worker ${worker}`,
    component,
    task === undefined ? undefined : `task ${task}`,
  ]
  return html`<p class=${`line ${level}`}><time class="dim" datetime=${time}>${clockTime(time)}</time>
    <span class="level">${level}</span>
    <span class="dim">${place.filter((part) => part !== undefined).join(' ')}</span>
    <span class="said">${code === undefined ? '' : html`<code>${code}</code> `}${message}</span></p>`
}

/** Reads until it is told not to, or the log ends. */
async function follow(path: string, signal: AbortSignal, tell: (lines: readonly LogEntry[]) => void): Promise<void> {
  let waiting: LogEntry[] = []
  let isDue = false
  const flush = (): void => {
    isDue = false
    if (!signal.aborted) tell(waiting.splice(0))
  }
  try {
    const { body } = await request(path, { signal })
    const reader = body!.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader()
    let rest = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      const parts = (rest + value).split('\n')
      rest = parts.pop()!
      waiting = [...waiting, ...parts.filter((part) => part !== '').map((part) => JSON.parse(part) as LogEntry)].slice(
        -MOST,
      )
      if (!isDue) setTimeout(flush, TOGETHER_MS)
      isDue = true
    }
  } catch {
    // Whoever has left wants no more, and what the server says of itself stands above.
  }
}
