// Rules for catalogues beyond their shape: every named id exists, nothing contradicts itself, and the defaults neither
// lock a tenant out nor grant more than they say.
import { compileCatalogue } from './compile.ts';
import type { Catalogue, Level, Permission, PresetGrant, Translation } from './schema.ts';
import { ownLanguage, ownOf, translatedParts } from './translate.ts';

/** A fault of a catalogue: its path, and a sentence about it. */
export interface CatalogueProblem {
  readonly path: string;
  readonly message: string;
}

type Report = (path: string, message: string) => void;

/** All faults of a catalogue of the right shape; empty for a usable one. */
export const problemsOf = (c: Catalogue): CatalogueProblem[] => {
  const problems: CatalogueProblem[] = [];
  const report: Report = (path, message) => problems.push({ path, message });
  const names = namesOf(c, report);
  checkPermissions(c, names, report);
  checkAbilities(c, names, report);
  checkKeeper(c, report);
  checkRoles(c, names, report);
  checkDefaults(c, names, report);
  checkTranslations(c, names, report);
  for (const [part, ids] of Object.entries(c.governs)) names.permissions.all(`governs.${part}`, ids);
  if (!c.enforcement.initially && !c.enforcement.switchable) {
    report('enforcement', 'Rights that start unenforced and cannot be switched on would never be enforced.');
  }
  return problems;
};

/** Reports ids of one kind that do not exist. */
interface Names {
  one(path: string, id: string): void;
  /** Checks each id as `one` does, and reports ids that are named twice. */
  all(path: string, ids: readonly string[]): void;
}
type AllNames = Record<keyof typeof translatedParts, Names>;

const namesOf = (c: Catalogue, report: Report): AllNames => {
  const names = (kind: string, things: readonly { id: string }[]): Names => {
    const known = new Set(things.map((thing) => thing.id));
    const one = (path: string, id: string) => {
      if (!known.has(id)) report(path, `There is no ${kind} '${id}'.`);
    };
    const all = (path: string, ids: readonly string[]) => {
      ids.forEach((id, i) => {
        one(`${path}.${i}`, id);
      });
      once(path, ids, report);
    };
    return { one, all };
  };
  const distinct = (path: string, kind: string, things: readonly { id: string }[], taken = new Set<string>()) => {
    things.forEach(({ id }, i) => {
      if (taken.has(id)) report(`${path}.${i}.id`, `The id '${id}' is taken by another ${kind}.`);
      taken.add(id);
    });
    return taken;
  };
  // A check names a permission or an ability by its id alone, so the two share one namespace.
  const taken = distinct('permissions', 'permission', c.permissions);
  distinct('abilities', 'permission or ability', c.abilities, taken);
  distinct('actionTypes', 'action type', c.actionTypes);
  distinct('ruleTypes', 'rule type', c.ruleTypes);
  distinct('features', 'feature', c.features);
  distinct('predefinedRoles', 'predefined role', c.predefinedRoles);
  return {
    permissions: names('permission', c.permissions),
    abilities: names('ability', c.abilities),
    features: names('feature', c.features),
    predefinedRoles: names('predefined role', c.predefinedRoles),
    actionTypes: names('action type', c.actionTypes),
    ruleTypes: names('rule type', c.ruleTypes),
  };
};

const once = (path: string, words: readonly string[], report: Report): void => {
  words.forEach((word, i) => {
    if (words.indexOf(word) < i) report(`${path}.${i}`, `'${word}' is named twice.`);
  });
};

const checkPermissions = (c: Catalogue, names: AllNames, report: Report): void => {
  const { permission, granters } = compileCatalogue(c);
  const keepers = granters.get(c.keeper);
  c.permissions.forEach((p, i) => {
    const path = `permissions.${i}`;
    once(`${path}.levels`, p.levels, report);
    once(`${path}.limits`, p.limits ?? [], report);
    if (p.feature !== undefined) names.features.one(`${path}.feature`, p.feature);
    names.permissions.all(`${path}.requires`, p.requires ?? []);
    names.permissions.all(`${path}.excludes`, p.excludes ?? []);
    if (!p.includes?.includes('*')) names.permissions.all(`${path}.includes`, p.includes ?? []);
    checkScopes(p, permission, path, report);
    checkIncludes(p, path, report);
    // A permission whose title speaks of something else must not make anybody a keeper.
    if (p.id !== c.keeper && keepers?.has(p.id) && !p.includes?.includes('*')) {
      report(
        `${path}.includes`,
        `Only '*' may include the keeper permission '${c.keeper}', directly or through others.`,
      );
    }
    for (const list of ['requires', 'includes'] as const) {
      if (reached(p.id, permission, [list]).has(p.id)) {
        report(`${path}.${list}`, `Permission '${p.id}' ${list} itself, directly or through others.`);
      }
    }
    const clash = excludedPair(p.id, permission);
    if (clash !== undefined) {
      const [a, b] = clash;
      report(
        path,
        `Permission '${p.id}' can never be granted: it needs both '${a}' and '${b}', and '${a}' excludes '${b}'.`,
      );
    }
  });
};

/**
 * A required permission may come in the same or a wider scope. An included permission comes in exactly the scope of the
 * grant.
 */
const checkScopes = (
  p: Permission,
  permission: ReadonlyMap<string, Permission>,
  path: string,
  report: Report,
): void => {
  const lacks = (id: string, level: Level): boolean => permission.get(id)?.levels.includes(level) === false;
  p.requires?.forEach((id, i) => {
    if (p.levels.includes('account') && lacks(id, 'account')) {
      report(
        `${path}.requires.${i}`,
        `Granted at the account, '${p.id}' could never be given the '${id}' that it requires.`,
      );
    }
  });
  p.includes?.forEach((id, i) => {
    for (const level of p.levels) {
      if (lacks(id, level)) {
        report(
          `${path}.includes.${i}`,
          `'${p.id}' can be granted at the level '${level}', but the included '${id}' cannot.`,
        );
      }
    }
  });
  // Privilege escalation: otherwise a caller who may grant this for one policy could give away all policies.
  if (p.widens && p.levels.includes('policy')) {
    report(`${path}.widens`, `'${p.id}' widens grants to every policy, so it cannot be granted for a single policy.`);
  }
};

const checkIncludes = (p: Permission, path: string, report: Report): void => {
  if (!p.includes?.includes('*')) return;
  if (p.includes.length > 1) report(`${path}.includes`, "'*' includes everything, so nothing stands beside it.");
  // Limiting `*` would limit the keeper permission, which has no parts.
  if (p.limits !== undefined || p.levels.includes('policy')) {
    report(`${path}.includes`, `'${p.id}' includes everything, so it has no limits and no level but the account.`);
  }
};

/** All ids on the paths from `id` along these lists. `id` itself is among them only if a cycle leads back to it. */
const reached = (
  id: string,
  permission: ReadonlyMap<string, Permission>,
  lists: readonly ('requires' | 'includes')[],
): ReadonlySet<string> => {
  const next = (at: string) => lists.flatMap((list) => permission.get(at)?.[list] ?? []).filter((word) => word !== '*');
  const found = new Set(next(id));
  for (const at of found) for (const further of next(at)) found.add(further);
  return found;
};

/** Two permissions that a holder of `id` must both have, although one excludes the other. */
const excludedPair = (id: string, permission: ReadonlyMap<string, Permission>): [string, string] | undefined => {
  const together = new Set([id, ...reached(id, permission, ['requires', 'includes'])]);
  for (const a of together) {
    for (const b of permission.get(a)?.excludes ?? []) if (together.has(b)) return [a, b];
  }
  return undefined;
};

const checkAbilities = (c: Catalogue, names: AllNames, report: Report): void => {
  const { permission } = compileCatalogue(c);
  c.abilities.forEach((a, i) => {
    const path = `abilities.${i}`;
    const ways = [a.anyOf, a.allOf, a.anyPermission, a.open].filter((way) => way !== undefined);
    if (ways.length !== 1) {
      report(path, `Ability '${a.id}' must have exactly one of anyOf, allOf, anyPermission and open.`);
    }
    if (a.feature !== undefined) names.features.one(`${path}.feature`, a.feature);
    for (const list of ['anyOf', 'allOf'] as const) {
      const ids = a[list] ?? [];
      names.permissions.all(`${path}.${list}`, ids);
      ids.forEach((id, j) => {
        if (a.level === 'account' && permission.get(id)?.levels.includes('account') === false) {
          report(`${path}.${list}.${j}`, `'${id}' cannot be granted at the account, so it never opens '${a.id}'.`);
        }
      });
    }
  });
};

const checkKeeper = (c: Catalogue, report: Report): void => {
  const keeper = c.permissions.find((p) => p.id === c.keeper);
  if (keeper === undefined) {
    report('keeper', `There is no permission '${c.keeper}'.`);
    return;
  }
  if (!keeper.levels.includes('account')) report('keeper', 'The keeper permission must have the level account.');
  // Each of these would make the keeper permission vanish without a change that takes it away.
  for (const key of ['feature', 'requires', 'excludes', 'limits'] as const) {
    if (keeper[key] !== undefined) report('keeper', `The keeper permission must not have ${key}.`);
  }
};

/** A tenant is made with the roles by their names of one language. */
const checkRoleNames = (all: readonly string[], pathOf: (i: number) => string, report: Report): void => {
  const folded = all.map((name) => name.normalize('NFKC').toLowerCase());
  all.forEach((name, i) => {
    if (folded.indexOf(folded[i]!) < i) report(pathOf(i), `Another predefined role has the name '${name}'.`);
  });
};

const checkRoles = (c: Catalogue, names: AllNames, report: Report): void => {
  const all = c.predefinedRoles.map(({ name }) => name);
  checkRoleNames(all, (i) => `predefinedRoles.${i}.name`, report);
  c.predefinedRoles.forEach((role, i) => {
    checkGrants(`predefinedRoles.${i}.grants`, role.grants, c, names, report);
  });
  if (c.administratorsRole !== undefined) names.predefinedRoles.one('administratorsRole', c.administratorsRole);
};

const checkDefaults = (c: Catalogue, names: AllNames, report: Report): void => {
  const { role, personal = [] } = c.firstUser;
  if (role !== undefined) names.predefinedRoles.one('firstUser.role', role);
  for (const [path, grants] of [
    ['firstUser.personal', personal],
    ['newUser.personal', c.newUser.personal],
  ] as const) {
    if (!c.personalGrants && grants.length > 0) report(path, 'This catalogue has no personal grants.');
    checkGrants(path, grants, c, names, report);
  }
  const keepers = compileCatalogue(c).granters.get(c.keeper);
  const keeps = (grant: PresetGrant): boolean => keepers?.has(grant.permission) ?? false;
  const grantsOfRole = c.predefinedRoles.find((r) => r.id === role)?.grants ?? [];
  if (![...personal, ...grantsOfRole].some(keeps)) {
    report('firstUser', `The first user would not hold the keeper permission '${c.keeper}'.`);
  }
  // Privilege escalation: otherwise a caller who may create users could create keepers.
  if (c.newUser.personal.some(keeps)) {
    report('newUser.personal', `New users must not hold the keeper permission '${c.keeper}'.`);
  }
};

/** Checks one grant set of the catalogue. It must be one that could also be granted by hand. */
const checkGrants = (
  path: string,
  grants: readonly PresetGrant[],
  c: Catalogue,
  names: AllNames,
  report: Report,
): void => {
  const { permission, granters } = compileCatalogue(c);
  const granted = new Set(grants.map((grant) => grant.permission));
  const held = (id: string): boolean => [...(granters.get(id) ?? [])].some((granter) => granted.has(granter));
  grants.forEach((grant, i) => {
    const at = `${path}.${i}`;
    const p = permission.get(grant.permission);
    if (grant.permission !== '*') names.permissions.one(`${at}.permission`, grant.permission);
    if (grant.policies !== undefined) {
      report(`${at}.policies`, 'A catalogue cannot name policies, since each tenant has its own.');
    }
    if (p?.levels.includes('account') === false) {
      report(`${at}.permission`, `'${p.id}' can be granted for single policies only, which a catalogue cannot name.`);
    }
    for (const limit of ['actionTypes', 'ruleTypes'] as const) {
      const ids = grant[limit];
      if (ids === undefined) continue;
      names[limit].all(`${at}.${limit}`, ids);
      if ((grant.permission === '*' || p !== undefined) && !p?.limits?.includes(limit)) {
        report(`${at}.${limit}`, `A grant of '${grant.permission}' cannot be limited to ${limit}.`);
      }
    }
    for (const id of p?.requires ?? []) {
      if (!held(id)) report(at, `'${grant.permission}' requires '${id}', which is not granted beside it.`);
    }
    for (const id of p?.excludes ?? []) {
      if (granted.has(id)) report(at, `'${grant.permission}' excludes '${id}', which is granted beside it.`);
    }
  });
};

/** The texts of a thing by their names, as far as it has them. */
type Texts = Readonly<Record<string, unknown>> & { readonly id: string };
/** The parts of a catalogue with texts, and the names of these texts. */
const parts = Object.entries(translatedParts) as [keyof typeof translatedParts, readonly string[]][];

/** A text in another language belongs to one that the catalogue has, because otherwise nobody would ever see it. */
const checkTranslations = (c: Catalogue, names: AllNames, report: Report): void => {
  for (const [language, translation] of Object.entries(c.translations ?? {})) {
    const path = `translations.${language}`;
    if (language.toLowerCase() === ownLanguage) report(path, 'The texts of the catalogue itself are the English ones.');
    for (const [part] of parts) {
      for (const [id, texts] of Object.entries(translation[part] ?? {})) {
        names[part].one(`${path}.${part}.${id}`, id);
        const thing: Texts | undefined = c[part].find((one) => one.id === id);
        for (const name of thing ? Object.keys(texts) : []) {
          if (thing?.[name] === undefined)
            report(`${path}.${part}.${id}.${name}`, `'${id}' has no ${name} in English.`);
        }
      }
    }
    checkAreas(c, translation, path, report);
    const roles = c.predefinedRoles.map(({ id, name }) => ownOf(translation.predefinedRoles, id)?.name ?? name);
    checkRoleNames(roles, (i) => `${path}.predefinedRoles.${c.predefinedRoles[i]?.id}.name`, report);
  }
};

const checkAreas = (c: Catalogue, { areas = {} }: Translation, path: string, report: Report): void => {
  const own = new Set(c.permissions.map(({ area }) => area));
  for (const area of Object.keys(areas)) {
    if (!own.has(area)) report(`${path}.areas.${area}`, `No permission is in the area '${area}'.`);
  }
  // Readers see the permissions by the texts of their areas, so two areas with one text would be one.
  const taken = new Map<string, string>();
  for (const area of own) {
    const text = ownOf(areas, area) ?? area;
    const other = taken.get(text);
    if (other !== undefined) report(`${path}.areas.${area}`, `The area '${other}' has the text '${text}' too.`);
    taken.set(text, area);
  }
};

/** The texts that a catalogue lacks in a language that it has. It can be used: readers see the English ones. */
export const untranslated = (c: Catalogue): CatalogueProblem[] =>
  Object.entries(c.translations ?? {}).flatMap(([language, translation]) => {
    const own = ['title', 'description'].filter((name) => ownOf<unknown>(translation, name) === undefined);
    const areas = [...new Set(c.permissions.map(({ area }) => area))].filter((area) => !ownOf(translation.areas, area));
    const ofThings = parts.flatMap(([part, names]) =>
      c[part].flatMap((thing: Texts) => {
        const texts = ownOf<Readonly<Record<string, unknown>>>(translation[part], thing.id) ?? {};
        const missing = names.filter((name) => thing[name] !== undefined && texts[name] === undefined);
        return missing.map((name) => `${part}.${thing.id}.${name}`);
      }),
    );
    return [...own, ...areas.map((area) => `areas.${area}`), ...ofThings].map((text) => ({
      path: `translations.${language}.${text}`,
      message: 'This text is missing, so readers see the English one.',
    }));
  });
