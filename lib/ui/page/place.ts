/** Which part of the page is shown. It stands in the fragment of the address, so that each part has a link. */
import { useEffect, useState } from 'preact/hooks'

/** A part of the page. */
export type Place =
  | { readonly at: 'topologies' }
  | { readonly at: 'hosts' }
  | { readonly at: 'topology'; readonly name: string }
  | { readonly at: 'component'; readonly name: string; readonly component: string }
  | { readonly at: 'worker'; readonly name: string; readonly worker: number }
  | { readonly at: 'traces'; readonly name: string; readonly root?: string | undefined }

/** The link to a part. */
export function linkTo(place: Place): string {
  if (place.at === 'topologies') return '#/'
  if (place.at === 'hosts') return '#/hosts'
  const topology = `#/topology/${encodeURIComponent(place.name)}`
  if (place.at === 'component') return `${topology}/component/${encodeURIComponent(place.component)}`
  if (place.at === 'traces') return `${topology}/traces${place.root === undefined ? '' : `/${place.root}`}`
  return place.at === 'worker' ? `${topology}/worker/${place.worker}` : topology
}

/** The part that the address names; that of all topologies where it names none. */
export function usePlace(): Place {
  const [place, setPlace] = useState(here)
  useEffect(() => {
    const onChange = (): void => {
      setPlace(here())
      scrollTo(0, 0)
    }
    addEventListener('hashchange', onChange)
    return () => removeEventListener('hashchange', onChange)
  }, [])
  return place
}

function here(): Place {
  const [what, name, kind, which] = location.hash.replace(/^#\//, '').split('/').map(decoded)
  if (what === 'hosts') return { at: 'hosts' }
  if (what !== 'topology' || name === undefined || name === '') return { at: 'topologies' }
  if (kind === 'component' && which !== undefined) return { at: 'component', name, component: which }
  if (kind === 'worker' && /^\d+$/.test(which ?? '')) return { at: 'worker', name, worker: Number(which) }
  if (kind === 'traces') return { at: 'traces', name, root: which === '' ? undefined : which }
  return { at: 'topology', name }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
