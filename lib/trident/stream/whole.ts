/** What to do where a module exports a part of a Trident topology, and not the whole. */
export function exportTopologyOf(part: string): string {
  return `this is ${part}; export the TridentTopology that it belongs to: const topology = new TridentTopology(…), then export default topology`
}
