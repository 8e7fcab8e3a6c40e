// Files of tests share a process (vitest.config.ts), so each leaves it as it found it, and the one that does not fails.
// A file that cannot stands in test/support/alone.ts.
import { afterAll, expect, vi } from 'vitest';

/** What one file replaces or adds for the next one without a trace. */
const globals = { Date, Math, JSON, console, crypto, performance, process, globalThis } as Record<string, object>;
const functions = [
  ['Date', 'now'],
  ['Math', 'random'],
  ['JSON', 'parse', 'stringify'],
  ['console', 'log', 'warn', 'error'],
  ['crypto', 'getRandomValues', 'randomUUID'],
  ['performance', 'now'],
  ['process', 'exit', 'nextTick', 'on', 'emitWarning'],
  ['globalThis', 'Date', 'fetch', 'setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'queueMicrotask'],
] as const;

const found = () => ({
  variables: { ...process.env },
  folder: process.cwd(),
  functions: functions.flatMap(([of, ...names]) =>
    names.map((name) => [`${of}.${name}`, (globals[of] as Record<string, unknown>)[name]]),
  ),
  // What a module does at the exit, it does once, however many files load it.
  listeners: process.eventNames().flatMap((event) => (event === 'exit' ? [] : [[event, process.listenerCount(event)]])),
  open: process.getActiveResourcesInfo().filter((kind) => /Server|Process|Worker|Message/.test(kind)),
});

const before = found();
// What was closed or killed is gone a few turns of the event loop later.
afterAll(() =>
  vi.waitFor(() => expect(found(), 'what this file leaves to the next one').toEqual(before), { timeout: 5_000 }),
);
