// A folder of built files, as a site. Its files are read once, at the start: a request looks a name up and reads no path,
// so none leads out of the folder (path traversal), and a build beside a running server changes nothing that it serves.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { encodings } from '../console/compressed.ts';
import { notServed, type Site, siteReply } from './site.ts';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
};

/** The page that answers for every address of the console, which decides in the browser what it shows. */
const page = 'index.html';

interface Stored {
  readonly bytes: Buffer;
  readonly tag: string;
}

/**
 * Serves the files of a folder, and its page for every other address that looks like no file's. Files below `assets` have
 * the hash of their content in their names, so a browser may keep them for good.
 */
export const fileSite = async (folder: string): Promise<Site> => {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name));
  const files = new Map<string, Stored>();
  for (const path of names) {
    const bytes = await readFile(path);
    const tag = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
    files.set(path.slice(folder.length + 1).replaceAll(sep, '/'), { bytes, tag: `"${tag}"` });
  }

  return async ({ method, path, headers }) => {
    if (method !== 'GET' && method !== 'HEAD') return notServed();
    const asked = decoded(path.slice(1));
    if (asked === undefined) return notServed();
    const namesFile = asked.slice(asked.lastIndexOf('/') + 1).includes('.');
    const name = namesFile ? asked : page;
    const accepted = acceptedEncodings(headers['accept-encoding']);
    const [encoding, suffix] = encodings.find(([one, end]) => accepted.has(one) && files.has(name + end)) ?? [];
    const file = files.get(name + (suffix ?? ''));
    if (!file || encodings.some(([, end]) => asked.endsWith(end))) return notServed();
    const type = types[extname(name)] ?? 'application/octet-stream';
    const kept = name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
    const isKnown = name !== page && (headers['if-none-match'] ?? '').split(/, */).includes(file.tag);
    return siteReply(isKnown ? 304 : 200, type, isKnown ? '' : file.bytes, {
      vary: 'accept-encoding',
      // A page that is kept would ask for files that a later build no longer has.
      ...(name === page ? {} : { 'cache-control': kept, etag: file.tag }),
      ...(encoding !== undefined && { 'content-encoding': encoding }),
    });
  };
};

const decoded = (path: string): string | undefined => {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
};

/** The encodings that a request takes; one with the weight zero is refused (RFC 9110, 12.5.3). */
const acceptedEncodings = (header: string | string[] = ''): ReadonlySet<string> =>
  new Set(
    String(header)
      .split(',')
      .map((part) => part.split(';').map((piece) => piece.trim().toLowerCase()))
      .filter(([, weight]) => !/^q=0(\.0*)?$/.test(weight ?? ''))
      .map(([name = '']) => name),
  );
