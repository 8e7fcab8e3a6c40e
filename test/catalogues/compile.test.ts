import { describe, expect, it } from 'vitest';
import { compileCatalogue } from '../../shared/catalogues/compile.ts';
import { catalogue } from '../../shared/catalogues/index.ts';
import type { Catalogue, Permission } from '../../shared/catalogues/schema.ts';

const permission = (id: string, includes?: string[]): Permission => ({
  id,
  title: id,
  description: id,
  area: 'Area',
  levels: ['account'],
  ...(includes === undefined ? {} : { includes }),
});
const withPermissions = (...permissions: Permission[]): Catalogue => ({ ...catalogue('complete').data, permissions });
const granters = (c: Catalogue, id: string) => [...(compileCatalogue(c).granters.get(id) ?? [])].sort();

describe('compiling a catalogue', () => {
  it('finds everything that gives a permission: itself, *, and what includes it through any number of steps', () => {
    const c = withPermissions(
      permission('leaf'),
      permission('middle', ['leaf']),
      permission('top', ['middle']),
      permission('everything', ['*']),
      permission('aside'),
    );
    expect(granters(c, 'leaf')).toEqual(['*', 'everything', 'leaf', 'middle', 'top']);
    expect(granters(c, 'middle')).toEqual(['*', 'everything', 'middle', 'top']);
    expect(granters(c, 'top')).toEqual(['*', 'everything', 'top']);
    expect(granters(c, 'everything')).toEqual(['*', 'everything']);
    expect(granters(c, 'aside')).toEqual(['*', 'aside', 'everything']);
  });
  it('gives everything also to what includes a permission that includes everything', () => {
    const c = withPermissions(permission('leaf'), permission('everything', ['*']), permission('more', ['everything']));
    expect(granters(c, 'leaf')).toEqual(['*', 'everything', 'leaf', 'more']);
  });
  it('ends on cycles and unknown ids, so that the validator can use it', () => {
    const c = withPermissions(permission('a', ['b', 'nothing']), permission('b', ['a']));
    expect(granters(c, 'a')).toEqual(['*', 'a', 'b']);
    expect(granters(c, 'nothing')).toEqual([]);
  });
  it('gives the same result for the same catalogue, and another for a copy', () => {
    const { data } = catalogue('complete');
    expect(compileCatalogue(data)).toBe(catalogue('complete'));
    expect(compileCatalogue(structuredClone(data))).not.toBe(catalogue('complete'));
  });
  it('X-7: saves each edit at once where the catalogue of a vendor does not say how edits are applied', () => {
    const { appliesChanges, ...unsaid } = catalogue('complete').data;
    expect([appliesChanges, compileCatalogue(unsaid).appliesChanges]).toEqual(['onSubmit', 'onSave']);
  });
  it('lists permissions for single policies, and finds permissions and abilities by id', () => {
    const c = withPermissions(permission('a'), { ...permission('b'), levels: ['policy'] });
    expect(compileCatalogue(c).policyPermissions).toEqual(['b']);
    expect(compileCatalogue(c).permission.get('b')).toBe(c.permissions[1]);
    expect(compileCatalogue(c).ability.get('logOn')).toBe(c.abilities.find((a) => a.id === 'logOn'));
  });
});
