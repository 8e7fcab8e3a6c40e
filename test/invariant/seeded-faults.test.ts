// Each clause of the protocol taken away once: what is left must fail, in a scripted interleaving or under fire, and the
// same scene and seeds must pass with it. A test that cannot see a clause missing does not test it.
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { SourceId } from '../../shared/domain/base/ids.ts';
import type { Book } from '../../shared/domain/book/book.ts';
import type { Access } from '../../shared/domain/book/records.ts';
import type { World } from '../../shared/domain/change.ts';
import * as on from '../../shared/store/conditions.ts';
import type { View } from '../../shared/store/view.ts';
import { long } from '../support/patience.ts';
import type { FireOptions } from './fire.ts';
import { isAccess, isHead, type Mutilation, mutilated, setsPin, without, withoutPin, withPinKept } from './mutilate.ts';
import type * as Scenes from './scenes.ts';

type SceneName = {
  [Name in keyof typeof Scenes]: (typeof Scenes)[Name] extends Scenes.Scene ? Name : never;
}[keyof typeof Scenes];

interface Fault {
  readonly name: string;
  /** How what is sent is broken. */
  readonly sends?: Mutilation;
  /** How pure code is broken: a module, and what of it is replaced. */
  readonly mocks?: readonly [path: string, exports: (original: Record<string, unknown>) => object];
  /** The interleaving in which it matters. */
  readonly scene?: SceneName;
  /** The most seeds that fire needs to find it. */
  readonly seeds?: number;
  /** What the checker says. */
  readonly says: RegExp;
}

/** The clauses by which somebody who is pinned is proved to be a holder. */
const validity = [on.isActivePerson, on.sameLife, on.hasIdentity, on.samePersonal, on.inGroup];
const lost = /LOCKED OUT|is no holder/;

const faults: readonly Fault[] = [
  {
    name: 'the fast path without the pin condition',
    sends: (write) => (isAccess(write) ? withoutPin(write) : {}),
    scene: 'pinComesMeanwhile',
    seeds: 4,
    says: lost,
  },
  {
    name: 'the fast path without the pin condition, leaving a group',
    sends: (write) => (isAccess(write) ? withoutPin(write) : {}),
    scene: 'pinComesToGroupMeanwhile',
    says: lost,
  },
  {
    name: 'pinning on mere existence',
    sends: (write) => (setsPin(write) ? without(write, ...validity) : {}),
    scene: 'disabledMeanwhile',
    seeds: 4,
    says: lost,
  },
  {
    name: 'pinning whoever is disabled',
    sends: (write) => (setsPin(write) ? without(write, on.isActivePerson) : {}),
    scene: 'disabledMeanwhile',
    says: lost,
  },
  {
    name: 'pinning whoever cannot sign in',
    sends: (write) => (setsPin(write) ? without(write, on.hasIdentity) : {}),
    scene: 'unboundMeanwhile',
    says: lost,
  },
  {
    name: 'pinning grants that are gone',
    sends: (write) => (setsPin(write) ? without(write, on.samePersonal) : {}),
    scene: 'grantsEndMeanwhile',
    says: lost,
  },
  {
    name: 'pinning a membership that is gone',
    sends: (write) => (setsPin(write) ? without(write, on.inGroup) : {}),
    scene: 'leavesGroupMeanwhile',
    says: lost,
  },
  {
    name: 'a pin without life',
    sends: (write) => (setsPin(write) ? without(write, on.sameLife) : {}),
    scene: 'rebornMeanwhile',
    says: lost,
  },
  {
    name: 'a change of the book without the guard version of the witness',
    sends: (write) => (isHead(write) ? without(write, on.sameGuard) : {}),
    scene: 'roleGoesMeanwhile',
    says: lost,
  },
  {
    name: 'a book write without the version',
    sends: (write) => (isHead(write) ? without(write, on.sameVersion) : {}),
    scene: 'bothWriteTheBook',
    seeds: 1,
    says: /LOCKED OUT|is no holder|the head's sum|WAY UP/,
  },
  {
    name: 'a book accepted without its sum',
    mocks: [
      '../../shared/store/assembled.ts',
      ({ addsUp }) => ({
        // As before, but the head's word for the sum is not asked for.
        addsUp: (head: object, book: Book, changed?: Iterable<unknown>) =>
          (addsUp as (head: object, book: Book, changed?: Iterable<unknown>) => boolean)(
            { ...head, sum: book.sum, records: book.records.size },
            book,
            changed,
          ),
      }),
    ],
    seeds: 4,
    says: /is not as read anew|LOCKED OUT|is no holder/,
  },
  {
    name: 'a destructive update that keeps its pin',
    sends: (write) => (isAccess(write) ? withPinKept(write) : {}),
    scene: 'takesOver',
    seeds: 1,
    says: /2 pins/,
  },
  {
    name: 'a blind put',
    sends: (write) => (write.kind === 'Put' ? without(write, on.absent) : {}),
    scene: 'createdTwice',
    says: lost,
  },
  {
    name: 'a book write that ignores a witness who holds through a group',
    mocks: [
      '../../shared/domain/keeper/keeper.ts',
      ({ witnessSurvives }) => ({
        witnessSurvives: (after: unknown, change: { users: unknown[] }, witness: { entry: string }) =>
          (change.users.length === 0 && witness.entry.startsWith('group:')) ||
          (witnessSurvives as (...all: unknown[]) => boolean)(after, change, witness),
      }),
    ],
    scene: 'groupsRoleGoes',
    says: lost,
  },
  {
    name: 'a holder edited in the same set and not validated',
    sends: (write) => (setsPin(write) ? without(write, on.sameRev) : {}),
    scene: 'editedInTheSet',
    says: lost,
  },
  {
    name: 'a claim followed before the record',
    mocks: [
      '../../shared/http/gateway/find-user.ts',
      ({ userOfSignIn, userByClaim }) => ({
        userOfSignIn: async (view: View, signIn: object) => {
          const { tenant, book } = view;
          const blind = { tenant, book, users: view.users.bind(view), items: async () => [undefined] };
          const access = await (userByClaim as (...all: unknown[]) => Promise<unknown>)(blind, signIn);
          return access ? { access, bound: true } : (userOfSignIn as (...all: unknown[]) => unknown)(view, signIn);
        },
      }),
    ],
    scene: 'claimNamesAnother',
    seeds: 4,
    says: /the sign-in of .* acts as/,
  },
  {
    name: 'bound by configuration',
    sends: (write) => (setsPin(write) ? without(write, on.hasIdentity) : {}),
    mocks: [
      '../../shared/domain/keeper/keeper.ts',
      ({ holderEntries }) => ({
        holderEntries: (book: Book, access: Access | undefined) => {
          const promised = access && book.sources.get(access.source as SourceId)?.signIn && { identity: 'promised' };
          return (holderEntries as (...all: unknown[]) => unknown)(book, access && { ...promised, ...access });
        },
      }),
    ],
    scene: 'neverSignedIn',
    seeds: 4,
    says: lost,
  },
  {
    name: 'two sources with one issuer and claim',
    mocks: [
      '../../shared/domain/plan/sources.ts',
      ({ createSource }) => ({
        // As before, but how other sources sign in is not known.
        createSource: (world: World, ...rest: unknown[]) => {
          const sources = [...world.book.sources].map(([id, { signIn: _, ...source }]) => [id, source] as const);
          const book = { sources: new Map(sources) };
          return (createSource as (...all: unknown[]) => unknown)({ ...world, book }, ...rest);
        },
      }),
    ],
    scene: 'oneClaimTwice',
    seeds: 4,
    says: /two sources sign in by one claim/,
  },
];

const edge = (seed: number): FireOptions => ({
  seed,
  workers: 40,
  steps: 24,
  aim: 'edge',
  catalogues: ['complete'],
  faults: { tornReads: 0.5, halfVisible: 0.5, smallPages: 0.2, conflict: 0.02, lateEffects: 0.02 },
  timing: { before: [1, 80] },
});

/** True while modules are loaded with one of them broken. */
let broken = false;

/** The scenes and the fire, on the code as it is or with a fault. Code that is as it should be is loaded once. */
const loaded = async (fault?: Fault) => {
  if (broken || fault?.mocks) vi.resetModules();
  const [path, replace] = fault?.mocks ?? [];
  broken = path !== undefined;
  if (path && replace)
    vi.doMock(path, async (original) => {
      const module = (await original()) as Record<string, unknown>;
      return { ...module, ...replace(module) };
    });
  const wrap = fault?.sends && { wrap: mutilated(fault.sends) };
  return { scenes: await import('./scenes.ts'), fire: (await import('./fire.ts')).fire, wrap: wrap ?? {} };
};

afterEach(() => {
  for (const { mocks } of faults) if (mocks) vi.doUnmock(mocks[0]);
});

describe.each(faults.filter((fault) => fault.scene))('$name', (fault) => {
  const scene = fault.scene as SceneName;

  test(`is seen when ${scene}`, async () => {
    const { scenes, wrap } = await loaded(fault);
    const { violations } = await scenes[scene](wrap);
    expect(violations.join('\n')).toMatch(fault.says);
  });
});

/** The seeds of the fire. The first one finds every fault today, so that the fire without one has one seed to run. */
const seedsInOrder = [13, 2, 1, 3];

/** The seeds that found something. */
const telling = new Set<number>();

describe.each(faults.filter((fault) => fault.seeds))('$name', (fault) => {
  test(`is found by fire within ${fault.seeds} seeds`, { timeout: long }, async () => {
    const { fire, wrap } = await loaded(fault);
    const seen: string[] = [];
    for (const seed of seedsInOrder.slice(0, fault.seeds)) {
      if (seen.length > 0) break;
      seen.push(...(await fire({ ...edge(seed), ...wrap })).violations);
      if (seen.length > 0) telling.add(seed);
    }
    expect(seen.join('\n')).toMatch(fault.says);
  });
});

describe('with every clause in its place', () => {
  test.each([...new Set(faults.flatMap(({ scene }) => scene ?? []))])('nothing is wrong when %s', async (scene) => {
    const { scenes } = await loaded();
    const { violations, facts } = await scenes[scene]({});
    expect(violations).toEqual([]);
    expect(facts.faults()).toEqual([]);
    expect(facts.listingFaults()).toEqual([]);
  });

  test('fire of the same seeds finds nothing', { timeout: long }, async () => {
    const { fire } = await loaded();
    expect(telling.size).toBeGreaterThan(0);
    for (const seed of telling) {
      const { violations, figures } = await fire(edge(seed));
      expect(violations).toEqual([]);
      expect(figures.moves).toBeGreaterThan(5);
    }
  });
});

describe('where two clauses say the same', () => {
  test('moving the witness needs no guard version as long as the old witness must be pinned and as read', async () => {
    // A move within the crowd always writes the old witness's own item: its pin and its rev stand for the guard version.
    const moves: Mutilation = (write) =>
      isHead(write) && write.names.includes('witness') ? without(write, on.sameGuard) : {};
    const both: Mutilation = (write) =>
      isAccess(write) && write.update.includes('pinned') ? without(write, on.pinnedBy, on.sameRev) : moves(write);
    const { scenes } = await loaded();
    expect((await scenes.bothMove({ wrap: mutilated(moves) })).violations).toEqual([]);
    expect((await scenes.bothMove({ wrap: mutilated(both) })).violations.join()).toMatch(/2 pins/);
  });
});
