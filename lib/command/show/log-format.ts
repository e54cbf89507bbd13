/** The option by which a command writes its log for people or for programs. */
import { Option } from 'commander'
import { LOG_FORMATS } from './daemon-log.ts'

export function logFormat(): Option {
  const option = new Option('--log-format <format>', 'text for people, or json: one object per line, for programs')
  return option.choices(LOG_FORMATS).default('text')
}
