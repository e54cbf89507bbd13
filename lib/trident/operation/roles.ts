/**
 * What an operation must be like, by what it is for. Users hand operations over in TypeScript and name them in YAML;
 * either way this says whether one will do, and how one looks.
 */

/** What an operation is for. */
export type Role =
  | 'function'
  | 'filter'
  | 'mapper'
  | 'flatMapper'
  | 'consumer'
  | 'tupleComparator'
  | 'comparator'
  | 'aggregator'
  | 'accumulator'
  | 'updater'
  | 'query'
  | 'multiReducer'
  | 'customGrouping'
  | 'spout'

interface Rule {
  /** What one is called. */
  readonly name: string
  /** How one looks. */
  readonly shape: string
  /** A function is the thing itself, and not what makes it. */
  readonly isFunction: boolean
  /** It is used as it is; nothing is made for each task. */
  readonly asItIs: boolean
  fits(value: any): boolean
}

const has =
  (...methods: readonly string[]) =>
  (value: any): boolean =>
    methods.every((method) => typeof value[method] === 'function')
const accumulates = (value: any): boolean => has('init', 'combine', 'zero')(value) || has('init', 'reduce')(value)
const isCallable = (value: unknown): boolean => typeof value === 'function'

function callable(name: string, shape: string, asItIs = false): Rule {
  return { name, shape, isFunction: true, asItIs, fits: isCallable }
}

function object(name: string, shape: string, fits: Rule['fits'], asItIs = false): Rule {
  return { name, shape: `an object with ${shape}`, isFunction: false, asItIs, fits }
}

const SPOUT_KINDS: readonly unknown[] = ['spout', 'non-transactional', 'transactional', 'opaque']

/** The rule of each role. */
export const ROLES: Readonly<Record<Role, Rule>> = {
  function: callable('function', '(tuple, collector) => …, which emits what is appended'),
  filter: callable('filter', '(tuple) => true or false'),
  mapper: callable('function', '(tuple) => [values]'),
  flatMapper: callable('function', '(tuple) => [[values], …]'),
  consumer: callable('function', '(tuple) => …'),
  tupleComparator: callable('comparator', '(tuple, tuple) => a number', true),
  comparator: callable('comparator', '(value, value) => a number', true),
  aggregator: object(
    'aggregator',
    'init, combine and zero; with init and reduce; or with init, aggregate and complete',
    (value) => accumulates(value) || has('init', 'aggregate', 'complete')(value),
  ),
  accumulator: object('combiner or reducer', 'init, combine and zero, or with init and reduce', accumulates),
  updater: callable('updater', '(state, tuples, collector) => …'),
  query: object('query', 'batchRetrieve and execute', has('batchRetrieve', 'execute')),
  multiReducer: object('multi-reducer', 'init, execute and complete', has('init', 'execute', 'complete')),
  customGrouping: object('grouping', 'chooseTasks', has('chooseTasks'), true),
  spout: object(
    'spout',
    'a kind and outputs: a spout of Trident, or one of the core',
    ({ kind, outputs }) => SPOUT_KINDS.includes(kind) && Object(outputs) === outputs,
    true,
  ),
}

/** Whether a value is what the role wants, or an object whose `prepare` makes it for each task. */
export function fitsRole(value: unknown, role: Role): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const { fits, asItIs } = ROLES[role]
  return fits(value) || (!asItIs && has('prepare')(value))
}

/** What the role takes, for hints. */
export function shapeOf(role: Role): string {
  const { shape, asItIs } = ROLES[role]
  return asItIs ? shape : `${shape}; or an object whose prepare(context) gives it, for each task`
}
