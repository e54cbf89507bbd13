/** The page: finds out who looks, and shows the part that the address names. */
import { useEffect, useState } from 'preact/hooks'
import { html } from './html.ts'
import { type Place, usePlace } from './place.ts'
import { type Refusal, signOut, type Who, whoAmI } from './session.ts'
import { Traces } from './traces/traces.ts'
import { Component } from './views/component.ts'
import { Hosts } from './views/hosts.ts'
import { SignIn } from './views/sign-in.ts'
import { Signed } from './views/signed.ts'
import { Topologies } from './views/topologies.ts'
import { Topology } from './views/topology.ts'
import { Worker } from './views/worker.ts'

export function App() {
  const [who, setWho] = useState<Who | undefined | 'unknown' | Refusal>('unknown')
  const place = usePlace()
  useEffect(() => {
    whoAmI().then(setWho, setWho)
  }, [])
  if (who === 'unknown') return null
  if (who instanceof Error) return html`<main class="sign-in"><h1>Typhoon</h1><p role="alert">${who.message}</p></main>`
  if (who === undefined) return html`<${SignIn} onSigned=${setWho} />`
  const onEnded = (): void => setWho(undefined)
  const onSignOut = (): void => void signOut().then(onEnded)
  return html`<${Signed.Provider} value=${{ who, onSignOut, onEnded }}><${Part} place=${place} /><//>`
}

function Part({ place }: { readonly place: Place }) {
  // A key for each: what is shown of one is not shown of another for a moment.
  switch (place.at) {
    case 'hosts':
      return html`<${Hosts} />`
    case 'topology':
      return html`<${Topology} key=${place.name} name=${place.name} />`
    case 'component':
      return html`<${Component} key=${`${place.name}/${place.component}`} name=${place.name} component=${place.component} />`
    case 'worker':
      return html`<${Worker} key=${`${place.name}/${place.worker}`} name=${place.name} worker=${place.worker} />`
    case 'traces':
      return html`<${Traces} key=${place.name} name=${place.name} root=${place.root} />`
    default:
      return html`<${Topologies} />`
  }
}
