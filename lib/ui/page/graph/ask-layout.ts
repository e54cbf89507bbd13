/** Asks the worker that lays out graphs. */
import { useEffect, useState } from 'preact/hooks'
import workerUrl from './layout-worker.ts?worker&url'
import type { Layout, LayoutAsked } from './places.ts'

/** The policy of the page lets no script be loaded but by a name that it knows; this is the one. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string }
}

let worker: Worker | undefined
let asked = 0
const waiting = new Map<number, (layout: Layout) => void>()

function theWorker(): Worker {
  if (worker !== undefined) return worker
  const { trustedTypes } = window as unknown as { trustedTypes?: TrustedTypes }
  const policy = trustedTypes?.createPolicy('layout-worker', { createScriptURL: (url) => url })
  const url = policy === undefined ? workerUrl : policy.createScriptURL(workerUrl)
  worker = new Worker(url, { type: 'module' })
  worker.addEventListener('message', ({ data }: MessageEvent<{ id: number; layout: Layout }>) => {
    waiting.get(data.id)?.(data.layout)
    waiting.delete(data.id)
  })
  return worker
}

/** The layout of a graph; that of the one before it until it is there. @param key says whether it is another graph */
export function useLayout(graph: LayoutAsked, key: string): Layout | undefined {
  const [layout, setLayout] = useState<{ readonly key: string; readonly layout: Layout } | undefined>(undefined)
  useEffect(() => {
    const id = ++asked
    waiting.set(id, (made) => setLayout({ key, layout: made }))
    theWorker().postMessage({ id, asked: graph })
    return () => void waiting.delete(id)
  }, [key])
  return layout?.key === key ? layout.layout : undefined
}
