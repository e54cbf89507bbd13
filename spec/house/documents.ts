/** What the house reads in Markdown: sections, rows of tables, fenced blocks. */

/** A heading and the lines up to the next heading of its level or above. */
export interface Section {
  readonly title: string
  readonly body: string
}

/** A fenced block. */
export interface Block {
  /** What stands after the fence: the language, and further words. */
  readonly info: readonly string[]
  readonly text: string
  /** Of the fence, from 1 up. */
  readonly line: number
}

/** The sections whose heading has so many number signs, in their order. */
export function sectionsOf(markdown: string, level: number): Section[] {
  const sections: { title: string; body: string }[] = []
  let open = false
  for (const line of withoutBlocks(markdown)) {
    const heading = /^(#+) (.*)$/.exec(line)
    if (heading !== null && heading[1]!.length <= level) {
      open = heading[1]!.length === level
      if (open) sections.push({ title: heading[2]!.trim(), body: '' })
    } else if (open) sections.at(-1)!.body += `${line}\n`
  }
  return sections
}

/** The cells of the rows of all tables, without their heads. */
export function rowsOf(markdown: string): string[][] {
  const lines = withoutBlocks(markdown)
  return lines
    .filter(
      (line, index) =>
        line.startsWith('|') && !/^\|[\s:|-]+\|$/.test(line) && !/^\|[\s:|-]+\|$/.test(lines[index + 1] ?? ''),
    )
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    )
}

/** Lines, those of fenced blocks empty. */
function withoutBlocks(markdown: string): string[] {
  return markdown.replace(/^```[\s\S]*?^```$/gm, (block) => block.replace(/[^\n]/g, '')).split('\n')
}

/** The fenced blocks. */
export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    info: match[1]!.trim().split(/\s+/),
    text: match[2]!,
    line: markdown.slice(0, match.index).split('\n').length,
  }))
}

/** Paths of sources that are named in a text, `trident/plan` and a file in it, and end no path of the repository. */
export function missingSources(text: string, paths: readonly string[]): string[] {
  const named = text.matchAll(/(?<![\w./<*-])(?:[\w-]+\/)+[\w.-]+\.ts\b/g)
  return [...named].map(([name]) => name).filter((name) => !paths.some((path) => `/${path}`.endsWith(`/${name}`)))
}

/** What a link may name behind its `#`: the headings of a document, as GitHub writes them. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const slug = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-')
    let anchor = slug
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`
    anchors.add(anchor)
  }
  return anchors
}
