/**
 * yargs-parser for the air-gapped files: the same parser without `require`, so that no option can
 * load a configuration file or code.
 */

import { normalize, resolve } from 'node:path';
import { format } from 'node:util';
import {
  camelCase,
  decamelize,
  looksLikeNumber,
} from '../node_modules/yargs-parser/build/lib/string-utils.js';
import { YargsParser } from '../node_modules/yargs-parser/build/lib/yargs-parser.js';

const parser = new YargsParser({
  cwd: process.cwd,
  env: () => ({}),
  format,
  normalize,
  resolve,
  require: () => {
    throw new Error('configuration files are not read');
  },
});

export default Object.assign((args, options) => parser.parse(args.slice(), options).argv, {
  detailed: (args, options) => parser.parse(args.slice(), options),
  camelCase,
  decamelize,
  looksLikeNumber,
});
