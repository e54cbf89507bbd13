/** The page: finds out who looks, and shows the part that the address names. */
import { useEffect, useState } from 'preact/hooks'
import { html } from './html.ts'
import { usePlace } from './place.ts'
import { type Refusal, signOut, type Who, whoAmI } from './session.ts'
import { SignIn } from './views/sign-in.ts'
import { Signed } from './views/signed.ts'
import { Topologies } from './views/topologies.ts'

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

function Part() {
  return html`<${Topologies} />`
}
