// `npm run bench -- NAME`: runs a benchmark. Without a name, lists them.
const benchmarks: Readonly<Record<string, string>> = {
  audit: 'how fast events are sealed, exported and verified, in how much memory, and whether that slows changes',
  change: 'changes by 1, 8 and 64 writers, on one tenant and on a hundred',
  check: 'checks over HTTP, beside the engine alone, Cerbos and a constant answer',
  console: 'how long the browser works on lists of 10,000 users, 1,000 rules and 500 roles',
  decide: 'a decision in memory, beside CASL and Cedar',
  function: 'what a warm request costs the processor of a function as it is deployed',
  init: 'how long the functions take to load',
  large: 'what the book of a tenant costs a process, by its size, up to the largest',
  levers: 'what each way of sharing work between requests gives by itself',
  tenants: 'checks on 5,000 tenants, of which few are asked often',
  sync: "how fast directory runs are taken in, beside the engine's own rate for the same items",
};

const [node = '', , name = '', ...rest] = process.argv;
if (Object.hasOwn(benchmarks, name)) {
  const path = new URL(`./${name}.ts`, import.meta.url).pathname;
  process.argv = [node, path, ...rest];
  await import(path);
} else {
  const lines = Object.entries(benchmarks).map(([one, measures]) => `  ${one.padEnd(8)} ${measures}\n`);
  process.stderr.write(`Name a benchmark: npm run bench -- NAME\n${lines.join('')}`);
  process.exitCode = 1;
}
