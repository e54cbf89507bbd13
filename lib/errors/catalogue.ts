/**
 * The catalogue of errors: every stable code, with a sentence of what it means. docs/errors.md has a section for each,
 * checked both ways by `spec/house.spec.ts`.
 */
export const CATALOGUE = {
  // ── definition ──
  FILE_NOT_FOUND: 'A file that was named does not exist or cannot be read.',
  WRONG_EXTENSION: 'A topology is a .yaml, .yml, .ts, .mts, .js or .mjs file.',
  MODULE_FAILED: 'A module threw while it was loaded.',
  NO_TOPOLOGY: 'The module exports no topology.',
  UNKNOWN_EXPORT: 'The module has no export of that name.',
  NOT_A_COMPONENT: 'A spout needs nextTuple, a bolt needs execute; this has neither.',
  CONSTRUCTOR_FAILED: 'A constructor, a factory or a property threw.',
  NO_METHOD: 'A method that the definition calls does not exist or takes other arguments.',
  YAML_SYNTAX: 'The file is not valid YAML.',
  YAML_SHAPE: 'A value in the YAML has the wrong type or is missing.',
  UNKNOWN_KEY: 'A key that the definition does not know.',
  UNKNOWN_VARIABLE: 'A ${variable} has no value and no default.',
  INCLUDE_CYCLE: 'Files include each other in a circle.',
  UNKNOWN_REF: 'A ref names no component that stands before it.',
  DUPLICATE_ID: 'Two components have the same id.',
  RESERVED_ID: 'Ids that start with two underscores belong to the runtime.',
  BAD_NAME: 'The name of the topology is empty or has a character that it must not have.',
  UNKNOWN_COMPONENT: 'A subscription to a component that is not in the topology.',
  UNKNOWN_STREAM: 'A subscription to a stream that its component does not declare.',
  UNKNOWN_FIELD: 'A field that the stream does not declare.',
  DUPLICATE_FIELD: 'A field is declared twice in one stream.',
  UNKNOWN_GROUPING: 'A grouping that does not exist.',
  DIRECT_GROUPING: 'A direct grouping goes with a direct stream, and only with it.',
  NO_INPUT: 'A bolt that subscribes to nothing would never run.',
  NO_SPOUT: 'A topology without a spout would never do anything.',
  SPOUT_WITH_INPUT: 'A spout cannot subscribe to a stream.',
  BAD_PARALLELISM: 'Parallelism, tasks and workers are whole numbers from 1 up.',
  BAD_CONFIG: 'A configuration value has the wrong type or is out of bounds.',
  TOPOLOGY_CHANGED: 'The definition changed while its topology was running.',
  // ── run ──
  COMPONENT_FAILED: 'A component threw in open, prepare, nextTuple or endOfInput.',
  EXECUTE_FAILED: 'A bolt threw in execute; its tuple failed.',
  WRONG_VALUES: 'A tuple has another number of values than its stream has fields.',
  UNDECLARED_STREAM: 'A component emitted to a stream that it does not declare.',
  NOT_DIRECT: 'emitDirect goes with a direct stream and a task that subscribes to it; emit with any other.',
  ALREADY_SETTLED: 'A tuple was emitted with an anchor that was acked or failed before.',
  CANNOT_ENCODE: 'A value cannot be sent to another process.',
  TUPLE_TOO_LARGE: 'A tuple is larger than a frame may be.',
  DEAD_LETTER_FAILED: 'A dead letter could not be written.',
  OUTPUT_FAILED: 'A file sink could not write its file.',
  CHECKPOINT_TOO_LARGE: 'What a spout task asked to keep is too large.',
  // ── wire ──
  PORT_TAKEN: 'Another program listens on the port.',
  REFUSED: 'The other side refused the connection.',
  BAD_FRAME: 'A frame was malformed; its link was closed.',
  FRAME_TOO_LARGE: 'A frame is over the limit; its link was closed.',
  FRAME_LOST: 'A frame is missing in the sequence of its link; the link was closed.',
  LINK_LOST: 'A link between two workers broke.',
  // ── processes ──
  WORKER_START_FAILED: 'A worker did not start.',
  WORKER_GAVE_UP: 'A worker kept dying and was given up.',
  DRAIN_TIMEOUT: 'What was in flight did not finish within the drain timeout.',
  USAGE: 'The command line is wrong.',
  INTERNAL: 'A defect in Typhoon itself.',
} as const

/** A stable error code. */
export type ErrorCode = keyof typeof CATALOGUE
