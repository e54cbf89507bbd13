/** What of the graph is in sight: moved by dragging, by keys and by a wheel, and made larger and smaller. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Layout } from './places.ts'

/** A part of the plane of the graph. */
interface View {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const STEP = 1.25
const KEYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

/** @param layout what is looked at; all of it is in sight whenever it is another one */
export function useCamera(layout: Layout | undefined) {
  const frame = useRef<SVGSVGElement>(null)
  const [view, setView] = useState<View>({ x: 0, y: 0, width: 1, height: 1 })
  const dragged = useRef<{ readonly x: number; readonly y: number } | undefined>(undefined)

  const showAll = useCallback(() => {
    if (layout === undefined || frame.current === null) return
    const { clientWidth, clientHeight } = frame.current
    if (clientWidth === 0 || clientHeight === 0) return
    // Never larger than life.
    const scale = Math.max(layout.width / clientWidth, layout.height / clientHeight, 1)
    const [width, height] = [clientWidth * scale, clientHeight * scale]
    setView({ x: (layout.width - width) / 2, y: (layout.height - height) / 2, width, height })
  }, [layout])
  useEffect(showAll, [showAll])
  useEffect(() => {
    const observer = new ResizeObserver(showAll)
    if (frame.current !== null) observer.observe(frame.current)
    return () => observer.disconnect()
  }, [showAll])

  const zoom = (factor: number): void =>
    setView(({ x, y, width, height }) => ({
      x: x + (width - width / factor) / 2,
      y: y + (height - height / factor) / 2,
      width: width / factor,
      height: height / factor,
    }))
  const move = (dx: number, dy: number): void =>
    setView((before) => ({ ...before, x: before.x + dx, y: before.y + dy }))

  /** A point of the graph comes into the middle, as large as life. */
  const lookAt = ({ x, y }: { readonly x: number; readonly y: number }): void => {
    if (frame.current === null) return
    const { clientWidth: width, clientHeight: height } = frame.current
    setView({ x: x - width / 2, y: y - height / 2, width, height })
  }

  const handlers = {
    onPointerDown(event: PointerEvent) {
      if (event.target === frame.current) dragged.current = { x: event.clientX, y: event.clientY }
    },
    onPointerMove(event: PointerEvent) {
      if (dragged.current === undefined) return
      const perPixel = view.width / frame.current!.clientWidth
      move((dragged.current.x - event.clientX) * perPixel, (dragged.current.y - event.clientY) * perPixel)
      dragged.current = { x: event.clientX, y: event.clientY }
    },
    onPointerUp() {
      dragged.current = undefined
    },
    onPointerLeave() {
      dragged.current = undefined
    },
    onWheel(event: WheelEvent) {
      // Without a key it moves the page.
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      zoom(event.deltaY < 0 ? STEP : 1 / STEP)
    },
    onKeyDown: (event: KeyboardEvent) =>
      onKey(event, { zoom, showAll, move: (dx, dy) => move(dx * view.width, dy * view.height) }),
  }
  return { frame, view, showAll, lookAt, handlers, larger: () => zoom(STEP), smaller: () => zoom(1 / STEP) }
}

interface Moves {
  zoom(factor: number): void
  showAll(): void
  /** By parts of what is in sight. */
  move(dx: number, dy: number): void
}

function onKey(event: KeyboardEvent, { zoom, showAll, move }: Moves): void {
  const way = KEYS[event.key]
  if (way !== undefined) move(way[0] / 10, way[1] / 10)
  else if (event.key === '+') zoom(STEP)
  else if (event.key === '-') zoom(1 / STEP)
  else if (event.key === '0') showAll()
  else return
  event.preventDefault()
}
