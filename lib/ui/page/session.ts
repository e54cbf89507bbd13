/**
 * Who this page is to the server. The cookie is none of the page's business; what it keeps beside that is a key, in
 * storage that belongs to this server's port alone.
 */
const KEY = 'typhoon-session'

/** Who asks, and what that one may. */
export interface Who {
  readonly name: string
  readonly role: 'read' | 'operate' | 'admin'
}

/** What the server has refused, and why. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly hint: string | undefined

  constructor(status: number, { code, message, hint }: { code: string; message: string; hint?: string }) {
    super(message)
    this.status = status
    this.code = code
    this.hint = hint
  }
}

/** Asks the server. @param headers beside those of the session @throws Refusal (rejects) */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const key = localStorage.getItem(KEY)
  const headers = { ...(key === null ? {} : { 'x-typhoon-session': key }), ...init.headers }
  const response = await fetch(path, { ...init, headers, cache: 'no-store' }).catch(() => {
    throw new Refusal(0, { code: 'SERVICE_UNREACHABLE', message: 'the server does not answer' })
  })
  if (response.ok) return response
  const body = (await response.json().catch(() => ({}))) as { problems?: { code: string; message: string }[] }
  const [problem = { code: 'SERVICE_UNREACHABLE', message: `the server answers with ${response.status}` }] =
    body.problems ?? []
  throw new Refusal(response.status, problem)
}

/** Asks for JSON, and gives JSON where there is a body. @throws Refusal (rejects) */
export async function ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  // Each change has an id of its own, so that it is made once.
  const id = method === 'GET' || !/^\/v1\/topologies\//.test(path) ? {} : { 'typhoon-request': crypto.randomUUID() }
  const headers = { ...id, ...(body === undefined ? {} : JSON_BODY) }
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
  return (await request(path, init)).json() as Promise<Answer>
}

const JSON_BODY = { 'content-type': 'application/json' }

/** Begins a session. @param shown a code out of the address, or a token @throws Refusal (rejects) */
export async function signIn(shown: { readonly code: string } | { readonly token: string }): Promise<Who> {
  const isCode = 'code' in shown
  const response = await request('/v1/session', {
    method: 'POST',
    headers: { ...JSON_BODY, ...(isCode ? {} : { 'x-typhoon-token': shown.token }) },
    body: JSON.stringify(isCode ? { code: shown.code } : {}),
  })
  const { key, ...who } = (await response.json()) as Who & { key: string }
  localStorage.setItem(KEY, key)
  return who
}

/** Ends it. */
export async function signOut(): Promise<void> {
  await ask('DELETE', '/v1/session').catch(() => {})
  localStorage.removeItem(KEY)
}

/** Who the session is for; undefined where there is none. @throws Refusal (rejects) where the server does not answer */
export async function whoAmI(): Promise<Who | undefined> {
  const code = takeCode()
  if (code !== undefined) {
    const who = await signIn({ code }).catch(() => undefined)
    if (who !== undefined) return who
  }
  return ask<Who>('GET', '/v1/session').catch((error: Refusal) => {
    if (error.status === 401) return undefined
    throw error
  })
}

/** The code in the address, which is gone from there at once. */
function takeCode(): string | undefined {
  const [, code] = /^#code=([\w-]+)$/.exec(location.hash) ?? []
  if (code !== undefined) history.replaceState(null, '', location.pathname)
  return code
}
