/** Loads, and fails when it is called. */
export default function makeTopology(): never {
  throw new Error('no such city')
}
