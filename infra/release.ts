// The release that this is.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { utf8 } from '../shared/text/text.ts';
import { root } from './root.ts';

const { version } = JSON.parse(utf8(readFileSync(join(root, 'package.json')))) as { version: string };

/** Its number, of which package.json has the one copy. */
export const release = version;
