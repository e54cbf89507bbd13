/**
 * What a supervisor and the nimbus that leads say to each other, as JSON in messages of one WebSocket. Both have shown
 * certificates of their cluster, and speak the same protocols (`versions.ts`); each message is checked by its shape all
 * the same.
 *
 *     supervisor                                   nimbus
 *       hello: what it offers, what runs  ──────▶
 *                                         ◀──────  welcome: the lease, the topologies that there are
 *       beat                              ──────▶
 *                                         ◀──────  heard
 *                                         ◀──────  launch, adopt, kill, forget, bring, doors, drained
 *       started, output, blocked, hand,
 *       exit, written, brought, draining  ──────▶
 *                                         ◀──────  taken (of output)
 *
 * The law of leases: a supervisor counts from when it has sent the beat that was answered last, and the nimbus from
 * when the last beat has come. So a supervisor that ends its workers when its lease is over has done so before a
 * nimbus, which waits longer, starts them elsewhere.
 */
import { TyphoonError } from '../errors/typhoon-error.ts'
import { blocked, inHand, problem, taskCounts } from '../messaging/control.ts'
import {
  anything,
  flag,
  list,
  object,
  oneOf,
  record,
  type Shaped,
  type Tagged,
  tagged,
  text,
  whole,
} from '../shape/guards.ts'
import { shorten } from '../words/suggest.ts'

/** A message may hold the list of the files of a bundle. */
export const MOST_MESSAGE_BYTES = 64 * 1024 * 1024
/** By which a nimbus knows the process of a supervisor again. */
export const PROCESS_HEADER = 'typhoon-process'
/** In which a supervisor says by which name or address it is reached: what `hello` says again. */
export const HOST_HEADER = 'typhoon-host'
/** Where on the cluster's port. */
export const PATHS = {
  join: '/v1/join',
  renew: '/v1/renew',
  blob: '/v1/blobs/',
  copies: '/v1/copies',
  supervisor: '/v1/supervisor',
} as const

const launch = text(200)

const exit = object(
  { how: text(), lastWords: list(text()) },
  {
    problem,
    stack: text(),
    tasks: list(taskCounts),
    wasBlocked: flag,
    badOption: text(),
    bySignal: flag,
  },
)

const FROM_SUPERVISOR = {
  hello: object(
    {
      /** Of Typhoon. */
      version: text(50),
      /** The name or address by which workers of other hosts reach it. */
      host: text(255),
      slots: whole(1, 10_000),
      platform: text(64),
      cores: whole(),
      memoryMb: whole(),
      /** The launches whose workers live. */
      running: list(launch),
    },
    {
      rack: text(255),
      /** It brings code that the nimbus has lost, where it is asked to. */
      brings: flag,
      /** What it has for workers: percent of a core, and MB; all of its cores and memory unless given. */
      cpuCapacity: whole(),
      memoryCapacityMb: whole(),
      /** It has said so, and a nimbus that hears it may not know of that. */
      draining: flag,
    },
  ),
  beat: object({ beat: whole() }),
  /** The code of a launch has arrived, and its process was started. */
  started: object({ launch }),
  exit: object({ launch, exit }),
  blocked: object({ launch, blocked }),
  hand: object({ launch, hand: inHand }),
  output: object({ launch, stream: oneOf('stdout', 'stderr'), line: text() }),
  /** All that a worker which has ended has written was sent. */
  written: object({ launch }),
  /** It takes no more workers, and wants to be rid of those that it has. */
  draining: object({}),
  /** What it has of the contents that it was asked to bring has been brought. */
  brought: object({}),
}

const TO_SUPERVISOR = {
  welcome: object(
    {
      leaseMs: whole(1),
      /** The ids of all topologies: what is there of others is removed. */
      topologies: list(text(300)),
    },
    {
      /** Of Typhoon. */
      version: text(50),
    },
  ),
  heard: object({ beat: whole() }),
  launch: object({
    launch,
    /** The id of the topology. */
    topology: text(300),
    /** The list of the files of its code. */
    bundle: anything,
    run: text(200),
    secret: text(200),
    worker: whole(1),
    incarnation: whole(1),
    /** The address to dial. */
    nimbus: text(300),
    config: record(anything),
    resources: record(anything),
    /** Its run keeps state, and has the lease of it: the worker needs the folder in which topologies do so. */
    keepsState: flag,
    credentials: object({ cert: text(20_000), key: text(20_000), ca: text(20_000) }),
  }),
  kill: object({ launch }),
  /** A worker that has outlived its nimbus goes over to the one at this address. */
  adopt: object(
    { launch, nimbus: text(300) },
    {
      /** Those of its run that are others with it. */
      resources: record(anything),
    },
  ),
  /** So many lines of the output of a worker have been taken. */
  taken: object({ launch, lines: whole(1) }),
  forget: object({ topology: text(300) }),
  /** The nimbus lacks these contents of code: the host is to bring those that it has. */
  bring: object({ digests: list(text(64)) }),
  /** All functions that can be asked for now: on which port clients ask on each host, and where that leads. */
  doors: object({ doors: list(object({ port: whole(1, 65_535), address: text(300) })) }),
  /** Nothing runs here any more that counts: it may end. */
  drained: object({}),
}

/** A port on which clients ask functions on each host, and the address of the server that answers. */
export type ClientDoor = Shaped<(typeof TO_SUPERVISOR)['doors']>['doors'][number]
/** What a supervisor says. */
export type FromSupervisor = Tagged<'type', typeof FROM_SUPERVISOR>
/** What a nimbus says. */
export type ToSupervisor = Tagged<'type', typeof TO_SUPERVISOR>
/** What a supervisor offers. */
export type Hello = Shaped<(typeof FROM_SUPERVISOR)['hello']>
/** A worker that is to be started. */
export type LaunchOrder = Shaped<(typeof TO_SUPERVISOR)['launch']>

const fromSupervisor = tagged('type', FROM_SUPERVISOR)
const toSupervisor = tagged('type', TO_SUPERVISOR)

/** @throws BAD_FRAME */
export function readFromSupervisor(data: Buffer): FromSupervisor {
  return read(data, fromSupervisor, 'supervisor')
}

/** @throws BAD_FRAME */
export function readToSupervisor(data: Buffer): ToSupervisor {
  return read(data, toSupervisor, 'nimbus')
}

function read<T>(data: Buffer, shape: (value: unknown) => value is T, who: string): T {
  let said: unknown
  try {
    said = JSON.parse(data.toString())
  } catch {
    // It is said below.
  }
  if (shape(said)) return said
  throw new TyphoonError('BAD_FRAME', `a message of a ${who} is malformed: ${shorten(data.toString('utf8', 0, 200))}`)
}
