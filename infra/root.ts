// Where the repository is. A module of its own, so that who needs only this loads no bundler.
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');
