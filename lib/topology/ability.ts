/**
 * What a component can do, as far as promises need it. A source goes back to a position, or hears which of its tuples
 * have failed, also where it cannot read them again (`once`), or neither; a sink takes part in snapshots, or does not;
 * a bolt emits when it executes, or late.
 */
export type Ability = 'replayable' | 'told' | 'once' | 'forgetful' | 'transactional' | 'plain' | 'late'
