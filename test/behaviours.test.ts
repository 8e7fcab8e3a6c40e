import { describe, expect, it } from 'vitest';
import { behaviours, idsIn } from './behaviours.ts';

describe('behaviours', () => {
  it('lists each of the 192 ids once', () => {
    const ids = behaviours().map(({ id }) => id);
    expect(ids).toHaveLength(192);
    expect(new Set(ids).size).toBe(192);
  });

  it.each([
    ['CT-44 and FP-03: …', ['CT-44', 'FP-03']],
    ['CT-09..11', ['CT-09', 'CT-10', 'CT-11']],
    ['CT-98..CT-100', ['CT-98', 'CT-99', 'CT-100']],
    ['nothing', []],
  ])('reads the ids of the title «%s»', (title, ids) => {
    expect(idsIn(title)).toEqual(ids);
  });
});
