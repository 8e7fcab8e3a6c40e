// Two directories as others publish them, taken in by the real run: the crew of a test image of OpenLDAP, and the
// directory of OpenLDAP's own tests. Their licences lie beside them.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Directory, drain } from '../support/directory.ts';
import { boot, type Harness } from '../support/harness.ts';

let close: () => Promise<void>;
let harness: Harness;
beforeAll(async () => {
  const booted = await boot();
  close = booted.engine.close;
  harness = booted.harness;
});
afterAll(() => close());

/** Takes an export in twice, and tells what came of it: groups by name with the names of their members. */
const taken = async (name: string) => {
  const d = await Directory.of(await harness.tenant());
  const take = async () => {
    const body = readFileSync(`test/runs/data/${name}.ldif`, 'utf8');
    const posted = await harness.ok('postDelta', { as: d.as, params: { sourceId: d.source }, body });
    await drain(harness);
    return d.run(posted.body.id);
  };
  const { counts } = await take();
  const before = await d.everything();
  const again = await take();
  expect(again.counts).toMatchObject({ applied: 0, rejected: 0 });
  expect(await d.everything()).toEqual(before);
  const seen = Object.entries(await d.seen()) as [string, { name: string; state?: string; groups?: string[] }][];
  const people = seen.filter(([, one]) => one.state !== undefined);
  const groups = Object.fromEntries(
    seen
      .filter(([, one]) => one.state === undefined)
      .map(([id, group]) => [
        group.name,
        people
          .filter(([, one]) => one.groups?.includes(id))
          .map(([, one]) => one.name)
          .sort(),
      ]),
  );
  return { counts, names: people.map(([, one]) => one.name).sort(), groups };
};

it('people with two attributes in their name, groups by the class of Active Directory in any case', async () => {
  expect(await taken('planetexpress')).toEqual({
    counts: { applied: 9, noop: 0, rejected: 0, ignored: 1 },
    names: [...['Amy Wong', 'Bender', 'Fry', 'Hermes Conrad', 'Professor Farnsworth', 'Turanga Leela', 'Zoidberg']],
    groups: {
      admin_staff: ['Hermes Conrad', 'Professor Farnsworth'],
      ship_crew: ['Bender', 'Fry', 'Turanga Leela'],
    },
  });
});

it('comments within records, folded names, base64, groups before their members, units that hold no text', async () => {
  const people = ['Barbara Jensen', 'Bjorn Jensen', 'Dorothy Stevens', 'James A Jones 1', 'James A Jones 2'];
  const more = ['Jane Doe', 'Jennifer Smith', 'John Doe', 'Manager', 'Mark Elliot', 'Ursula Hampster'];
  expect(await taken('openldap-test')).toEqual({
    counts: { applied: 14, noop: 0, rejected: 0, ignored: 5 },
    names: [...people, ...more],
    groups: {
      'All Staff': [...people, ...more],
      'Alumni Assoc Staff': [
        ...['Dorothy Stevens', 'James A Jones 1', 'Jane Doe', 'Jennifer Smith'],
        ...['Manager', 'Mark Elliot', 'Ursula Hampster'],
      ],
      'ITD Staff': ['Bjorn Jensen', 'James A Jones 2', 'John Doe', 'Manager'],
    },
  });
});
