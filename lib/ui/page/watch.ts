/**
 * What the server sends of itself: whole views, one after the other. A connection that breaks is made again, later and
 * later; what was seen last stays meanwhile, and is marked as old.
 */
import { useEffect, useState } from 'preact/hooks'
import { type Refusal, request } from './session.ts'

/** A view, and whether it is of now. */
export interface Watched<View> {
  readonly view: View | undefined
  readonly isLive: boolean
  /** Why there is nothing to see any more. */
  readonly ended: Refusal | undefined
}

const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 8000

/** What is to be seen under a path, for as long as the part of the page that asks is shown. */
export function useWatch<View>(path: string): Watched<View> {
  const [watched, setWatched] = useState<Watched<View>>({ view: undefined, isLive: false, ended: undefined })
  useEffect(() => {
    setWatched({ view: undefined, isLive: false, ended: undefined })
    const gone = new AbortController()
    void watch<View>(path, gone.signal, (change) => {
      if (!gone.signal.aborted) setWatched((before) => ({ ...before, ...change }))
    })
    return () => gone.abort()
  }, [path])
  return watched
}

async function watch<View>(
  path: string,
  signal: AbortSignal,
  tell: (change: Partial<Watched<View>>) => void,
): Promise<void> {
  let delayMs = FIRST_DELAY_MS
  while (!signal.aborted) {
    try {
      const { body } = await request(path, { signal })
      for await (const data of eventsIn(body!)) {
        delayMs = FIRST_DELAY_MS
        tell({ view: JSON.parse(data) as View, isLive: true, ended: undefined })
      }
    } catch (error) {
      const refusal = error as Refusal
      if (refusal.status === 401 || refusal.status === 404) {
        tell({ isLive: false, ended: refusal })
        if (refusal.status === 401) return
      }
    }
    tell({ isLive: false })
    await new Promise((settle) => setTimeout(settle, delayMs))
    delayMs = Math.min(2 * delayMs, LONGEST_DELAY_MS)
  }
}

/** The data of the events of a stream, until it says that it ends. */
async function* eventsIn(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const parts = (rest + value).split('\n\n')
      rest = parts.pop()!
      for (const part of parts) {
        if (part.startsWith('event: end')) return
        if (part.startsWith('data: ')) yield part.slice('data: '.length)
      }
    }
  } finally {
    void reader.cancel().catch(() => {})
  }
}
