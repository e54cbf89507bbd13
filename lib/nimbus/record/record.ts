/** What a service remembers of a topology, as plain JSON. */
import { type BundleManifest, checkManifest } from '../../bundle/manifest.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { anything, flag, list, number, object, oneOf, record, type Shaped, text, whole } from '../../shape/guards.ts'
import { LOG_LEVELS } from '../../util/log-levels.ts'

/**
 * Storm's, and COMPLETED: its input has ended. REBALANCING: its workers are being replaced. KILLED: it is being ended
 * for good.
 */
export const STATUSES = ['ACTIVE', 'INACTIVE', 'REBALANCING', 'KILLED', 'COMPLETED'] as const

/** Of a record. Whoever cannot read a newer one leads no topology that may have been changed by its writer. */
export const RECORD_FORMAT = 1

/** What is wanted of a topology. */
export type TopologyStatus = (typeof STATUSES)[number]

const wanted = object(
  {
    /** The bundle of its code. */
    bundle: anything,
    /** Values of `${variables}`, what stands for a className of the YAML, and what overrides its configuration. */
    variables: record(text()),
    aliases: record(text()),
    config: record(anything),
  },
  {
    /** What a rebalance has asked for, which an update keeps: worker processes, and executors by component. */
    workers: whole(1),
    parallelism: record(whole(1)),
  },
)

const levelSet = object(
  { level: oneOf(...LOG_LEVELS) },
  {
    /** All of them unless named. */
    component: text(),
    /** Milliseconds since 1970; for good unless given. */
    until: whole(),
  },
)
/** A level at which components log, in place of that of the configuration. */
export type LevelSet = Shaped<typeof levelSet>

/** The shape of `TakenRequest`. */
export const takenRequest = object(
  {
    id: text(64),
    /** The operation. */
    what: text(40),
    /** Milliseconds since 1970. */
    at: whole(),
  },
  {
    /** See `ChangeRequest`; the first versions kept none. */
    digest: text(64),
    /** What it has changed is kept, and its topology does not run so yet. */
    isOpen: flag,
    /** What was answered, where it was something. */
    pauseMs: number,
    savepoint: text(),
  },
)
/** A request by which a topology was changed; see `requests.ts`. */
export type TakenRequest = Shaped<typeof takenRequest>

const topologyRecord = object(
  {
    /** It is not used again when the name is. */
    id: text(),
    name: text(),
    status: oneOf(...STATUSES),
    /** Milliseconds since 1970. */
    submittedAt: whole(),
    /** How often its code or its size was changed. */
    revision: whole(1),
    wanted,
  },
  {
    /** Of the record; 1 unless given. */
    format: whole(1),
    logLevels: list(levelSet),
    /** The last ones by which it was changed, the oldest first. */
    requests: list(takenRequest),
    /** Its last run on other hosts: its workers may outlive their nimbus. */
    elsewhere: object({
      run: text(200),
      slots: list(object({ supervisor: text(), host: text(), port: whole() }, { rack: text() })),
    }),
  },
)

/** What runs, and how: what `update` and `rebalance` change. */
export interface Wanted {
  readonly bundle: BundleManifest
  readonly variables: Readonly<Record<string, string>>
  readonly aliases: Readonly<Record<string, string>>
  readonly config: Readonly<Record<string, unknown>>
  readonly workers?: number
  readonly parallelism?: Readonly<Record<string, number>>
}

/** What becomes of what is wanted. */
export type Change = (wanted: Wanted) => Wanted

/** How the first run of what was submitted begins; those that follow go on from it. */
export interface Beginning {
  /** What it kept before is removed first. */
  readonly fresh?: boolean | undefined
  /** It begins though its snapshot holds what nothing in it takes any more. */
  readonly allowDroppedState?: boolean | undefined
}

/** What a rebalance changes. */
export interface Size {
  /** Worker processes; as many as before unless given. */
  readonly workers: number | undefined
  /** By component how many executors. */
  readonly parallelism: Readonly<Record<string, number>>
}

/** A topology that was submitted. */
export interface TopologyRecord extends Omit<Shaped<typeof topologyRecord>, 'wanted'> {
  readonly wanted: Wanted
}

/** Reads one. @throws STATE_CORRUPT; STORE_NEWER where a newer version of Typhoon has written it */
export function readRecord(name: string, value: unknown): TopologyRecord {
  if (isNewer(value))
    throw new TyphoonError('STORE_NEWER', `a newer version of Typhoon has written what is known of "${name}"`, {
      hint: 'update this nimbus',
    })
  if (!topologyRecord(value) || value.name !== name)
    throw new TyphoonError('STATE_CORRUPT', `what is remembered of the topology "${name}" is damaged`, {
      hint: 'remove its file, and submit the topology again',
    })
  return { ...value, wanted: { ...value.wanted, bundle: checkManifest(value.wanted.bundle) } }
}

function isNewer(value: unknown): boolean {
  const versioned = object({ format: whole(1) })
  return versioned(value) && value.format > RECORD_FORMAT
}
