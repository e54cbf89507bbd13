/** What pages in browsers ask beside what all others do: who they are, and what there is to be seen. */
import { WINDOWS } from '../history/windows.ts'
import type { Route } from './route.ts'
import { ref, text } from './schema.ts'

/** By operation. */
export const SESSION_ROUTES = {
  makeCode: {
    method: 'POST',
    path: '/v1/codes',
    role: 'read',
    summary: 'Make a code for which a browser gets a session, once and within a minute',
    answer: ref('CodeMade'),
  },
  openSession: {
    method: 'POST',
    path: '/v1/session',
    role: undefined,
    summary: 'Begin a session of a browser, for a code or for the token that is shown',
    body: ref('SessionWanted'),
    answer: ref('SessionMade'),
  },
  session: { method: 'GET', path: '/v1/session', role: 'read', summary: 'Who asks', answer: ref('Session') },
  closeSession: {
    method: 'DELETE',
    path: '/v1/session',
    role: 'read',
    summary: 'End the session that is shown',
    answer: ref('Done'),
  },
  watch: {
    method: 'GET',
    path: '/v1/watch',
    role: 'read',
    summary: 'What there is to be seen, at most twice a second, whenever it has changed',
    query: {
      topology: text('Of this one; an overview of all unless given.', { maxLength: 255 }),
      window: text('Of its figures: the seconds until now, or all; 600 unless given.', { enum: WINDOWS }),
    },
    answer: 'events',
  },
} as const satisfies Readonly<Record<string, Route>>
