/** What can be asked of the process of a worker. */
import type { Route } from './route.ts'
import { text, whole } from './schema.ts'

/** By operation. */
export const PROFILE_ROUTES = {
  profile: {
    method: 'GET',
    path: '/v1/topologies/{name}/workers/{worker}/profile',
    role: 'operate',
    summary: 'Where a worker spends its time, or what its heap holds: a file for the DevTools of Chrome',
    query: {
      kind: text('cpu unless given. A heap has what is in the tuples, too.', { enum: ['cpu', 'heap'] }),
      seconds: whole('For so long the processor is sampled; 10 unless given.', { minimum: 1, maximum: 60 }),
    },
    answer: 'file',
    isNoted: true,
  },
} as const satisfies Readonly<Record<string, Route>>
