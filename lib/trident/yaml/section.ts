/** The section `trident` of a file: what of it must be loaded, and how it becomes a topology. */
import type { ReadSection, Section } from '../../annex/annex.ts'
import type { YamlMap } from '../../annex/yaml-value.ts'
import { OperandBeans } from './operand-beans.ts'
import { readEntries, settingsOf } from './read-section.ts'
import { TRIDENT_SHAPES } from './shapes.ts'

export const tridentSection: Section = {
  description: 'Streams of batches, and what is done with them; in place of spouts, bolts and streams.',
  makers: 'streams of Trident',
  entry: 'tridentStream',
  shapes: TRIDENT_SHAPES,
  read,
}

function read(maps: Iterable<YamlMap>): ReadSection {
  const entries = readEntries(maps)
  const operands = new OperandBeans()
  const beans = entries.flatMap(settingsOf).flatMap((setting) => operands.allOf(setting))
  return {
    beans: [...new Set(beans)],
    async build(file) {
      // Who asks for the shape alone loads no operation and no store.
      const { TridentBuilder } = await import('./build-section.ts')
      return new TridentBuilder(entries, operands, file).build()
    },
  }
}
