/** Messages between a supervisor and a nimbus, as they are said. */
import type { Hello, ToSupervisor } from '../../lib/cluster/messages.ts'

/** What a supervisor offers. */
export const HELLO: Hello = {
  version: '0.1.0',
  host: '10.0.0.2',
  slots: 2,
  platform: 'linux-x64',
  cores: 2,
  memoryMb: 4000,
  running: [],
}

/** A worker that is to be started. */
export const LAUNCH: Extract<ToSupervisor, { type: 'launch' }> = {
  type: 'launch',
  launch: 'a.1.1',
  topology: 'words-1-2',
  bundle: { entry: 'words.yaml', files: [] },
  run: 'a',
  secret: 's',
  worker: 1,
  incarnation: 1,
  nimbus: 'https://10.0.0.1:4000',
  config: {},
  resources: {},
  keepsState: true,
  credentials: { cert: 'c', key: 'k', ca: 'a' },
}
