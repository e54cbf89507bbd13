/** What the HTTP interface takes and gives, by name, and the same as types. */
import type { HostView } from '../nimbus/hosted/engine.ts'
import { STATUSES } from '../nimbus/record/record.ts'
import type { Problem, RunOutage } from '../run/index.ts'
import { LOG_LEVELS } from '../util/log-levels.ts'
import { FIGURE_SCHEMAS } from './figure-schemas.ts'
import { ROLES } from './route.ts'
import { byName, flag, list, number, object, ref, type Schema, text, whole } from './schema.ts'
import { TRACE_SCHEMAS } from './trace-schemas.ts'

const WHERE = byName(true, 'The place: file, line, column, component, task, key … as far as they are known.')

const WANTED = {
  bundle: ref('Bundle'),
  variables: byName({ type: 'string' }, 'Values of the ${variables} of the YAML.'),
  aliases: byName({ type: 'string' }, 'What stands for a className of the YAML.'),
  config: byName(true, 'Overrides the configuration of the topology.'),
  'fresh?': flag('What it kept before is removed first.'),
  'allowDroppedState?': flag('It begins though its snapshot holds what nothing in it takes any more.'),
}

/** By name. */
export const SCHEMAS: Readonly<Record<string, Schema>> = {
  ...FIGURE_SCHEMAS,
  ...TRACE_SCHEMAS,
  Problem: object(
    {
      code: text('Stable, of the catalogue of errors.'),
      message: text('What has happened, for people.'),
      where: WHERE,
      'hint?': text('What to do.'),
    },
    'An error.',
  ),
  Problems: object(
    {
      problems: list(ref('Problem'), 'All that is wrong; at least one.'),
      'leader?': object(
        {
          id: text('Its name.'),
          address: text('The URL of its HTTP interface.'),
          'hosts?': text('The URL by which hosts come to it.'),
        },
        'The nimbus that leads, where this one does not.',
      ),
    },
    'Why it was refused.',
  ),
  Bundle: object(
    {
      entry: text('The path of the file that defines the topology.'),
      files: list(
        object({
          path: text('Below the folder of the bundle, with / between its parts.', { maxLength: 1024 }),
          digest: text('SHA-256 of the content, hexadecimal.', { pattern: '^[0-9a-f]{64}$' }),
          bytes: whole('Its length.'),
          executable: flag('Whether it may be executed.'),
        }),
        'All files of the code.',
      ),
      'platform?': text('linux-x64: where it runs, if it was compiled.', { maxLength: 64 }),
    },
    'The code of a topology: its files, whose contents are sent apart, by digest.',
  ),
  Wanted: object(WANTED),
  Submission: object({
    ...WANTED,
    'name?': text('In place of the name that the definition gives.', { maxLength: 255 }),
    'inactive?': flag('Spouts wait until it is activated.'),
  }),
  Rebalance: object({
    'workers?': whole('How many worker processes.', { minimum: 1, maximum: 1024 }),
    'parallelism?': byName(whole('How many executors.', { minimum: 1 }), 'By component.'),
  }),
  Digests: object({ digests: list(text('SHA-256, hexadecimal.', { pattern: '^[0-9a-f]{64}$' }), 'Of contents.') }),
  Changed: object({ pauseMs: number('For how long nothing was emitted, milliseconds.') }),
  Killed: object({
    'savepoint?': text('The savepoint that was left.'),
    'files?': text('The folder of what it had written beside its code: dead letters, outputs. It stays.'),
  }),
  Done: object({}),
  Token: object({
    name: text('Whose it is.'),
    role: text('What it may.', { enum: ROLES }),
    'expires?': text('ISO 8601, in UTC.'),
  }),
  Tokens: object({ tokens: list(ref('Token'), 'In the order in which they were made.') }),
  TokenWanted: object({
    name: text('Whose it is.', { maxLength: 100, pattern: '^[^\\p{Cc}]+$' }),
    role: text('What it may.', { enum: ROLES }),
    'days?': whole('For how long it counts; for ever unless given.', { minimum: 1, maximum: 36_500 }),
  }),
  TokenMade: object({ token: text('It is not shown again.') }),
  Cluster: object({
    version: text('Of Typhoon.'),
    isService: flag('False: it is one run in the foreground, which nothing is submitted to.'),
    uptimeSecs: number('Since the service began.'),
    topologies: whole('How many there are.'),
    workers: whole('Processes that work for them.'),
    longestStallMs: number('The longest that its event loop was blocked since this was asked last, milliseconds.'),
  }),
  DrainWanted: object({ 'undo?': flag('It is to be used again.') }),
  Hosts: object({
    hosts: list(
      object({
        name: text('Its name.'),
        address: text('By which its workers are reached.'),
        isLinked: flag('Whether there is a link to it.'),
        isDraining: flag('It is to be left.'),
        slots: whole('How many workers it takes.'),
        slotsUsed: whole('Those that have a place there.'),
        cpu: number('Percent of a core, for workers.'),
        cpuUsed: number('What those there say that they need.'),
        memoryMb: number('For workers.'),
        memoryUsedMb: number('What those there say that they need.'),
        version: text('Of Typhoon.'),
      }),
      'In the order of their names.',
    ),
  }),
  Topology: object({
    name: text('Its name.'),
    id: text('Is not used again when the name is.'),
    status: text('Storm’s words, and COMPLETED.', { enum: [...STATUSES] }),
    phase: text('What its run does: starting, running, waiting for another attempt, ended …'),
    submittedAt: text('ISO 8601, in UTC.'),
    revision: whole('How often its code or size was changed.', { minimum: 1 }),
    guarantee: text('What it promises of its tuples.'),
    workers: whole('Planned worker processes.'),
    tasks: whole('Of its components.'),
    uptimeSecs: number('Since its present run began.'),
    'problem?': ref('Problem'),
    'retryInMs?': number('Until it is tried again.'),
    'outages?': list(ref('Outage'), 'What does not succeed for a while, though it goes on; at least one.'),
  }),
  Outage: object({
    what: text('No snapshot is complete, a sink cannot commit, or it cannot write.', {
      enum: ['snapshot', 'commit', 'output'],
    }),
    since: text('ISO 8601, in UTC.'),
    failures: whole('How often it has failed, one time after the other; 0: it has not come to an end.'),
    problem: ref('Problem'),
    'host?': text('By which the worker is reached.'),
  }),
  Topologies: object({ topologies: list(ref('Topology'), 'In the order of their names.') }),
  Status: object({
    topology: ref('Topology'),
    'metrics?': byName(true, 'What its present run has counted: see RunMetrics of typhoon/run.'),
    totals: object(
      {
        since: text('ISO 8601, in UTC: when it was submitted, or when the service began.'),
        components: byName(
          object({
            emitted: number('Tuples.'),
            executed: number('Tuples.'),
            acked: number('Tuples; roots of a spout.'),
            failed: number('Tuples; roots of a spout.'),
          }),
          'By component.',
        ),
      },
      'What it has counted over all of its runs: a rebalance or an update begins none of it anew.',
    ),
    'report?': byName(true, 'What its last run has come to: see RunReport of typhoon/run.'),
  }),
  Plan: byName(true, 'Components, streams and tasks: see PlanDescription of typhoon/run.'),
  CodeMade: object({
    code: text('What a browser gets a session for; it counts once.'),
    seconds: whole('For how long it counts.'),
  }),
  SessionWanted: object({ 'code?': text('In place of the token.', { maxLength: 100 }) }),
  SessionMade: object({
    key: text('What the page shows beside its cookie, in x-typhoon-session.'),
    name: text('Of the token.'),
    role: text('What it may.', { enum: ROLES }),
  }),
  Session: object({ name: text('Of the token.'), role: text('What it may.', { enum: ROLES }) }),
  LogLevelWanted: object({
    'component?': text('Whose; of all of them unless named.', { maxLength: 255 }),
    'level?': text('That of the configuration unless given.', { enum: LOG_LEVELS }),
    'seconds?': whole('For so long; for good unless given.', { minimum: 1, maximum: 86_400 }),
  }),
  LogLevels: object({
    levels: list(
      object({
        level: text('The least one that is logged.', { enum: LOG_LEVELS }),
        'component?': text('Whose; of all others unless named.'),
        'until?': text('ISO 8601, in UTC; for good unless given.'),
      }),
      'Those that are others than the configuration says.',
    ),
  }),
  Errors: object({
    errors: list(
      object({
        time: text('When it came last: ISO 8601, in UTC.'),
        since: text('When it came first.'),
        times: whole('How often it has come.', { minimum: 1 }),
        worker: whole('In which it was the last time; 0: none.'),
        problem: ref('Problem'),
      }),
      'The last ones, in the order in which each came last. Those of one code, component and place are one.',
    ),
  }),
  Tapped: object(
    {
      worker: whole('It was emitted there.'),
      'time?': text('ISO 8601, in UTC.'),
      'component?': text('Whose.'),
      'stream?': text('On which.'),
      'task?': whole('By which.'),
      'root?': text('Its tuple tree; left out where there is none, or are several.'),
      'values?': { description: 'By field; a text that is cut where they would be too long.' },
      'leftOut?': whole('So many tuples were left out; there is nothing else then.'),
      'failed?': whole('Of so many tuples the condition could not be asked; there is nothing else then, but for why.'),
      'why?': text('Why, of the first of them.'),
    },
    'A tuple that was emitted, how many were left out, or of how many the condition could not be asked.',
  ),
  LogEntry: object({
    time: text('ISO 8601, in UTC.'),
    level: text('How grave it is.', { enum: LOG_LEVELS }),
    message: text('The line.'),
    worker: whole('0: the service itself says it.'),
    'component?': text('Whose logger it was.'),
    'task?': whole('Of that component.'),
    'root?': text('The tuple tree that was in hand.'),
    'code?': text('Of the catalogue of errors.'),
    'stream?': text('It was written by itself.', { enum: ['stdout', 'stderr'] }),
    'hint?': text('What to do.'),
    'stack?': text('Where it came from.'),
  }),
}

export type { HostView }

/** What a service says of a topology. */
export interface TopologyView {
  readonly name: string
  readonly id: string
  readonly status: string
  readonly phase: string
  readonly submittedAt: string
  readonly revision: number
  readonly guarantee: string
  readonly workers: number
  readonly tasks: number
  readonly uptimeSecs: number
  readonly problem?: Problem
  readonly retryInMs?: number
  readonly outages?: readonly RunOutage[]
}

/** What a topology has counted over all of its runs. */
export interface TotalsView {
  /** ISO 8601, in UTC. */
  readonly since: string
  readonly components: Readonly<
    Record<
      string,
      { readonly emitted: number; readonly executed: number; readonly acked: number; readonly failed: number }
    >
  >
}

/** What a service says of itself. */
export interface ServiceView {
  readonly version: string
  /** False: it is one run in the foreground. */
  readonly isService: boolean
  readonly uptimeSecs: number
  readonly topologies: number
  readonly workers: number
}

/** The same, with how busy it is itself. */
export interface ClusterView extends ServiceView {
  readonly longestStallMs: number
}
