/**
 * The names of Java classes in Storm's files: which of them come with Typhoon, and what to do about the others. A table
 * of aliases (`aliases:` in a file, `--alias FILE`) overrides all of it.
 */

const JAVA_NAME = /^[a-z]\w*(?:\.[a-z]\w*)+\.[A-Z]\w*(?:\$\w+)*$/

/** Whether a className is one of Java: packages in small letters, then a class. */
export function isJavaClass(className: string): boolean {
  return JAVA_NAME.test(className)
}

/** What stands for classes that Storm's files name, by the end of the class's name. */
const COUNTERPARTS: readonly { readonly named: RegExp; readonly instead: string }[] = [
  {
    named: /^java\.util\.(?:\w+\.)*\w*(?:Map|Hashtable|Properties)$/,
    instead: 'write the map itself where it is wanted: { key: value }',
  },
  {
    named: /^java\.util\.(?:\w+\.)*\w*(?:List|Set|Arrays|Vector|Collections|Queue)$/,
    instead: 'write the list itself where it is wanted: [a, b]',
  },
  { named: /^java\.(?:lang|math)\./, instead: 'write the value itself where it is wanted' },
  { named: /^java\.(?:io|nio\.\w+)\./, instead: 'write the path as a text where it is wanted' },
  { named: /\.tuple\.Fields$/, instead: 'write the names of the fields as a list' },
  {
    named: /\.ShellSpout$/,
    instead: 'ShellSpout comes with Typhoon, as does org.apache.storm.flux.wrappers.spouts.FluxShellSpout',
  },
  {
    named: /\.ShellBolt$/,
    instead: 'ShellBolt comes with Typhoon, as does org.apache.storm.flux.wrappers.bolts.FluxShellBolt',
  },
  {
    named: /\.HdfsBolt$|\.\w*FileBolt$/,
    instead: 'its counterpart here is FileSinkBolt, which writes lines to a file',
  },
  { named: /\.HdfsSpout$|\.FileReadSpout$/, instead: 'its counterpart here is FileSpout, which reads lines of files' },
  {
    named: /\.\w*Kafka\w*Spout$/,
    instead: 'none comes with Typhoon: extend ReliableSpout with a client of Kafka, which replays what fails',
  },
  { named: /\.\w*Kafka\w*Bolt$/, instead: 'none comes with Typhoon: write a bolt with a client of Kafka' },
  { named: /\.(?:PrinterBolt|LogInfoBolt|LoggerBolt)$/, instead: 'its counterpart here is LogBolt' },
  { named: /\.(?:Split\w*|\w*SplitBolt)$/, instead: 'its counterpart here is SplitBolt' },
  { named: /\.(?:WordCount\w*|\w*CountBolt)$/, instead: 'its counterpart here is CountBolt' },
  { named: /\.\w*RankingsBolt$/, instead: 'its counterpart here is TopBolt' },
  {
    named: /\.DRPCSpout$|\.ReturnResults$/,
    instead: 'functions are answered by a section `trident`, or by LinearDRPCTopologyBuilder',
  },
]

/** What to do about a Java class that does not come with Typhoon. */
export function adviceFor(className: string): string {
  const counterpart = COUNTERPARTS.find(({ named }) => named.test(className))
  const alias = `${counterpart === undefined ? 'say' : 'or say'} what stands for it: aliases: { ${className}: ./module.ts#Export } in the file, or --alias FILE`
  return counterpart === undefined ? alias : `${counterpart.instead}; ${alias}`
}

/** The last part of the name of a class in one of Storm's packages; undefined of any other class. */
export function nameInStorm(className: string): string | undefined {
  return /^(?:org\.apache\.storm|backtype\.storm|storm\.starter)\.(?:\w+\.)*(\w+)$/.exec(className)?.[1]
}
