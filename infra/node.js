// Runs a script of this repository, or says in one sentence which Node it needs. The file is plain JavaScript without
// imports at the top, because a Node that is too old must be able to read it.
const needed = [22, 18];
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  process.stderr.write(
    `Holdfast needs Node 24 here, and this is Node ${process.versions.node}: install Node 24 ` +
      '(on Linux x64 and arm64 `npm ci` brings it along, and `npm start` uses it).\n',
  );
  process.exit(1);
}
const [, , script, ...rest] = process.argv;
const { resolve } = await import('node:path');
// What is compiled is kept, because that is half of the time in which a command starts.
const { enableCompileCache } = await import('node:module');
enableCompileCache?.(resolve(import.meta.dirname, '../node_modules/.cache/compiled'));
const { pathToFileURL } = await import('node:url');
const path = resolve(script);
process.argv = [process.argv[0], path, ...rest];
await import(pathToFileURL(path).href);
