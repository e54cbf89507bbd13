/**
 * What an entry of a state goes with when the tasks of its component become more or fewer: the key group of the tuple
 * that it was written for, from 0 up, or one of the two that are no key groups.
 */

/** The group of an entry. */
export type Group = number

/** Written for no tuple, or for one that any task could have got: it stays with the task of the same number. */
export const OF_TASK: Group = -1

/** Written for a tuple that every task gets: a further task begins with what the first one has. */
export const OF_ALL: Group = -2

/** How far event time had come for the groups from one up to, and without, another. */
export interface GroupWatermark {
  readonly from: Group
  readonly to: Group
  readonly watermark: number
}
