/** What is shown to whoever has no session: how to get one. */
import { useState } from 'preact/hooks'
import { html } from '../html.ts'
import { type Refusal, signIn, type Who } from '../session.ts'

export function SignIn({ onSigned }: { onSigned(who: Who): void }) {
  const [refusal, setRefusal] = useState<Refusal | undefined>(undefined)
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const token = String(new FormData(event.target as HTMLFormElement).get('token') ?? '').trim()
    signIn({ token }).then(onSigned, setRefusal)
  }
  return html`<main class="sign-in">
    <h1>Typhoon</h1>
    <p>To look at this service, let <code>typhoon ui</code> print an address that lets you in, and open that.</p>
    <form onSubmit=${submit}>
      <label for="token">Or show a token</label>
      <div class="row">
        <input id="token" name="token" type="password" autocomplete="off" required />
        <button type="submit">Sign in</button>
      </div>
      ${refusal === undefined ? null : html`<p class="bad-text" role="alert">${refusal.message}</p>`}
    </form>
  </main>`
}
