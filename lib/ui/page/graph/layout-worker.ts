/** Lays out graphs beside the page, which goes on meanwhile. */
import { layOut } from './layout.ts'
import type { LayoutAsked } from './places.ts'

addEventListener('message', ({ data }: MessageEvent<{ readonly id: number; readonly asked: LayoutAsked }>) => {
  postMessage({ id: data.id, layout: layOut(data.asked) })
})
