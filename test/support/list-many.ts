// Lists a directory in a process of its own, and tells how much memory that took. The settings come on the input.
import { json } from 'node:stream/consumers';
import { openDirectory } from '../../clients/directory-sync/ldap/directory.ts';
import type { DirectoryConfig, Listed } from '../../clients/directory-sync/ldap/types.ts';

const directory = await openDirectory((await json(process.stdin)) as DirectoryConfig);
// The caller of a listing keeps it, to compare it with the one before.
const listed = new Map<string, Listed>();
for await (const one of directory.list()) listed.set(one.id, one);
await directory.close();
const mebibytes = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(JSON.stringify({ listed: listed.size, mebibytes }));
