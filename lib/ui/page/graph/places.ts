/** Where the nodes of a graph stand, and how large they are. */

/** The size of a node. */
export const NODE = { width: 172, height: 54 }

/** What is to be laid out: names and pairs of names. */
export interface LayoutAsked {
  readonly nodes: readonly string[]
  readonly edges: readonly (readonly [string, string])[]
}

/** A place. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** Where all is. */
export interface Layout {
  readonly width: number
  readonly height: number
  /** The middle of each node. */
  readonly nodes: Readonly<Record<string, Point>>
  /** In the order in which they were asked for. */
  readonly edges: readonly (readonly Point[])[]
}
