/** What is asked again and again, for as long as the part of the page that asks is shown. */
import { useEffect, useState } from 'preact/hooks'
import { ask, type Refusal } from './session.ts'

/** The last answer, or why there is none. */
export interface Asked<Answer> {
  readonly answer: Answer | undefined
  readonly refusal: Refusal | undefined
}

/**
 * @param everyMs undefined: once, and again when the path or the key changes
 * @param key another one: the answer may be another one
 */
export function useAsked<Answer>(path: string, everyMs?: number, key = ''): Asked<Answer> {
  const [asked, setAsked] = useState<Asked<Answer>>({ answer: undefined, refusal: undefined })
  useEffect(() => {
    let isGone = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const again = async (): Promise<void> => {
      const change = await ask<Answer>('GET', path).then(
        (answer) => ({ answer, refusal: undefined }),
        (refusal: Refusal) => ({ refusal }),
      )
      if (isGone) return
      setAsked((before) => ({ ...before, ...change }))
      if (everyMs !== undefined) timer = setTimeout(again, everyMs)
    }
    void again()
    return () => {
      isGone = true
      clearTimeout(timer)
    }
  }, [path, everyMs, key])
  return asked
}

/** The path of something of a topology. */
export function ofTopology(name: string, what: string, query: Readonly<Record<string, string>> = {}): string {
  const search = new URLSearchParams(query).toString()
  return `/v1/topologies/${encodeURIComponent(name)}${what}${search === '' ? '' : `?${search}`}`
}
