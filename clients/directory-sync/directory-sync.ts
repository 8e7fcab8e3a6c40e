// The command as a process. A first signal ends it cleanly, a second one at once.
import { exits } from './exits.ts';
import { main } from './main.ts';

const ending = new AbortController();
const end = () => {
  if (ending.signal.aborted) process.exit(exits.interrupted);
  ending.abort(new Error('interrupted'));
};
process.on('SIGINT', end);
process.on('SIGTERM', end);

process.exitCode = await main({
  words: process.argv.slice(2),
  env: process.env,
  out: process.stdout,
  err: process.stderr,
  signal: ending.signal,
});
