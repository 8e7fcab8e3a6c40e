// Files that are served unchanged. From source they are read at their origin; the build copies them, under the same
// names, into a folder `files` beside the built functions or above them.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { utf8 } from '../../text/text.ts';

/** The origin of each file, relative to the root of the repository. */
export const servedFiles = {
  'openapi.json': 'docs/openapi.json',
  'swagger-ui.css': 'node_modules/swagger-ui-dist/swagger-ui.css',
  'swagger-ui-bundle.js': 'node_modules/swagger-ui-dist/swagger-ui-bundle.js',
} as const;
type ServedFile = keyof typeof servedFiles;

const placeOf = (name: ServedFile): URL => {
  const here = import.meta.url;
  if (here.endsWith('.ts')) return new URL(`../../../${servedFiles[name]}`, here);
  const places = ['.', '..', '../../..', '../../../..'].map((up) => new URL(`${up}/files/${name}`, here));
  const place = places.find((url) => existsSync(url));
  if (!place) throw new Error(`The build has left out files/${name}.`);
  return place;
};

const read = new Map<ServedFile, Promise<string>>();

/** A file's text, read once. */
export const servedFile = (name: ServedFile): Promise<string> => {
  const text = read.get(name) ?? readFile(placeOf(name)).then(utf8);
  read.set(name, text);
  // A failure is not cached, so that the next request tries again.
  text.catch(() => read.delete(name));
  return text;
};
