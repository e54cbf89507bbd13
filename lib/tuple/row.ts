/**
 * What the compiler knows of a row: the type that names the fields of a stream and their values, `{ word: string;
 * count: number }`.
 *
 * The law: the fields of a stream stand in the order in which its row declares them, and so do the values of a list
 * that is emitted. A compiler that looks at one property after the other (a mapped type over `keyof Row`) does so in
 * the order of their declaration; what it meets on the way is gathered as the overloads of one function, and read off
 * from the last to the first. `spec/types` compiles it.
 */

/** One function for each field that is not done, each of which takes the name of its field alone. */
type Takers<Row, Done extends readonly string[]> = {
  [K in keyof Row as K extends Done[number] ? never : K & string]-?: (take: (name: K) => void) => void
}

/** The last of the names that such functions take. */
type LastOf<T> = T extends { [K in keyof T]: (take: infer Take) => void }
  ? Take extends (name: infer K) => void
    ? K
    : never
  : never

type NamesIn<Row, Done extends readonly string[]> =
  LastOf<Takers<Row, Done>> extends infer K extends string
    ? [K] extends [never]
      ? Done
      : NamesIn<Row, [K, ...Done]>
    : Done

type ListOf<Row, Names extends readonly string[]> = {
  readonly [I in keyof Names]: Names[I] extends keyof Row ? Row[Names[I]] : never
}

/**
 * The names of a row's fields as a tuple, in the order of their declaration; any list of strings where nothing is known
 * of the row.
 */
export type NamesOf<Row> = unknown extends Row
  ? readonly string[]
  : [Row] extends [never]
    ? []
    : Row extends unknown
      ? string extends keyof Row
        ? readonly string[]
        : NamesIn<Row, []>
      : never

/** The values of one tuple, in the order of its stream's fields; treat them as immutable once emitted. */
export type Values<Row = any> = unknown extends Row
  ? readonly any[]
  : Row extends unknown
    ? string extends keyof Row
      ? readonly Row[keyof Row][]
      : ListOf<Row, NamesIn<Row, []>>
    : never

/**
 * The values of a tuple that a step passes on, where the compiler does not know their order: as many as there are
 * fields, each of the type of one. Fields that were put together (`Row & More`, `Pick<Row, …>`) stand in whatever order
 * the compiler likes.
 */
export type Kept<Row = any> =
  | Named<Row>
  | TupleValues<Row>
  | (string extends keyof Row ? readonly Row[keyof Row][] : Permuted<Row>)
  | ListHint

/**
 * The lists of the values of a row in any order. Of more than five fields there would be too many: then each value is
 * of the type of one of them.
 */
type Permuted<Row> =
  NamesOf<Row> extends infer Names extends readonly string[]
    ? Names['length'] extends 0 | 1 | 2 | 3 | 4 | 5
      ? Permutation<Row, keyof Row>
      : { readonly [I in keyof Names]: Row[keyof Row] }
    : never
type Permutation<Row, Left extends keyof Row> = [Left] extends [never]
  ? readonly []
  : { [K in Left]: readonly [Row[K], ...Permutation<Row, Exclude<Left, K>>] }[Left]

declare const passed: unique symbol

/**
 * The values of a tuple as they came: what each may be is known, and the list may be emitted again by what keeps the
 * fields.
 */
export type TupleValues<Row = any> = unknown extends Row
  ? readonly any[]
  : readonly Row[keyof Row][] & { readonly [passed]: (row: Row) => Row }

/** The values of one tuple by the names of their fields, in any order. */
export type Named<Row = any> = unknown extends Row
  ? { readonly [field: string]: any }
  : // A list is an object too, whose fields might be called `length`.
    { readonly [K in keyof Row]: Row[K] } & { readonly [Symbol.iterator]?: never }

/**
 * No value fits it. It tells the compiler, where it does not know the row yet, that a list in brackets is one of so
 * many values, not of any number.
 */
type ListHint = readonly [never]

/** The values of one tuple as a list that is written down. */
export type Listed<Row = any> = Values<Row> | ListHint

/**
 * The values of one tuple in data that was put together elsewhere: what each may be is known, their number and order
 * are looked at at run time.
 */
export type RowData<Row = any> = unknown extends Row ? readonly any[] : readonly Row[keyof Row][]

/** What can be emitted: the values by name, or as a list, as in Storm. */
export type Emitted<Row = any> = Named<Row> | Listed<Row>
