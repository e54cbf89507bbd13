/**
 * The words in which the shape of a topology's YAML is said, those of JSON Schema, and what every bean has. Files are
 * checked against shapes, and the schema for editors is made of them, so that the two agree.
 */

/** The part of JSON Schema (draft-07) that is used here, and `tag`. */
export interface Shape {
  /** What it is, for messages. */
  readonly title?: string
  readonly description?: string
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  /** An object with properties and without this takes any other key too. */
  readonly additionalProperties?: false
  readonly items?: Shape
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly enum?: readonly string[]
  /** The shapes that it may have: the first one counts that fits by its type and, for a map, by its tag. */
  readonly anyOf?: readonly Shape[]
  /** The key that distinguishes this map from the others that may stand in its place. */
  readonly tag?: string
  readonly examples?: readonly unknown[]
  readonly default?: unknown
  /** Name of another shape. */
  readonly ref?: string
}

/** A text. */
export const text = (description: string, more: Partial<Shape> = {}): Shape => ({
  type: 'string',
  description,
  ...more,
})
/** True or false; false unless given. */
export const flag = (description: string): Shape => ({ type: 'boolean', description, default: false })
/** A list of shapes of that name. */
export const list = (ref: string, description: string): Shape => ({ type: 'array', description, items: { ref } })
/** A whole number from 1 up. */
export const count = (description: string): Shape => ({ type: 'integer', minimum: 1, description })
/** A number from `minimum` up. */
export const amount = (description: string, minimum = 0): Shape => ({ type: 'number', minimum, description })
/** A share of a machine; nothing is done with it. */
export const load = (description: string): Shape => ({
  type: 'number',
  minimum: 0,
  description: `${description} Accepted for Storm's sake.`,
})

/** Keys of everything that is made of a class. */
export const MADE = {
  className: {
    ref: 'className',
    description:
      'A module and an export of it, the module relative to this file (./components/split.ts#Split) or from a package ' +
      '(some-package#Export); or the name of a component that comes with Typhoon, or with a package that this one ' +
      'depends on. A class is constructed, a function is called.',
  },
  constructorArgs: { ref: 'arguments', description: 'Arguments of the constructor, or of the function.' },
  properties: list(
    'property',
    'Values that are set once it is made: by setName(value) where there is such a method, else in the field.',
  ),
  configMethods: list('configMethod', 'Methods that are called once it is made.'),
} as const satisfies Record<string, Shape>

/** Keys of a bean. */
export const BEAN = {
  id: text('Name that others refer to.'),
  ...MADE,
  factory: text('A static method of className that makes it, in place of the constructor.'),
  factoryArgs: { ref: 'arguments', description: 'Arguments of the factory.' },
} as const satisfies Record<string, Shape>
