#!/usr/bin/env node
/** The command `typhoon`. It parses nothing itself: lib/command does. */
import { main } from '../lib/command/main.ts'

await main(process.argv.slice(2))
