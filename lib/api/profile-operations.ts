/** Answers what is asked of the process of a worker. */
import { TyphoonError } from '../errors/typhoon-error.ts'
import type { ProfileOptions } from '../run/index.ts'
import type { Asked } from './asked.ts'
import { Download } from './download.ts'
import type { PROFILE_ROUTES } from './profile-routes.ts'
import type { Seen, SeenTopology } from './seen.ts'

type Answers = Readonly<Record<keyof typeof PROFILE_ROUTES, (asked: Asked) => Promise<Download>>>

/** @param named finds the topology that is asked for */
export function profileOperations(named: (asked: Asked) => SeenTopology, now: Seen['now']): Answers {
  return {
    async profile(asked) {
      const { run, record } = named(asked)
      if (run === undefined) throw new TyphoonError('PROFILE_FAILED', 'the topology does not run now')
      const { kind = 'cpu', seconds } = asked.query as Partial<ProfileOptions>
      const worker = Number(asked.path['worker'])
      const parts = run.profile(worker, { kind, seconds }, asked.gone)
      const time = now().toISOString().slice(0, 19).replaceAll(':', '-')
      const extension = kind === 'cpu' ? 'cpuprofile' : 'heapsnapshot'
      return Download.begin(`${record.name}-worker-${worker}-${time}.${extension}`, parts)
    },
  }
}
