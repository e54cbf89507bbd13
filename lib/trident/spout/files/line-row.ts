/** What the file spouts of Trident emit. */

/** The row of a line: its text; with the place also the file, and where in it the line begins, in bytes. */
export type LineRow<WithPlace extends boolean = boolean> = WithPlace extends true
  ? { line: string; file: string; offset: number }
  : { line: string }
