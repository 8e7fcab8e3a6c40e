// The table of operations is read by every function at its start: what only one operation needs is made when it is asked
// for, once.
import { describe, expect, it, vi } from 'vitest';
import { lazy } from '../../shared/domain/base/lazy.ts';
import { operation, operationIds, operations } from '../../shared/routes/operations.ts';

describe('the schemas of an operation', () => {
  it.each(operationIds)('of %s are made when they are asked for, and are the same ever after', (id) => {
    const listed: Readonly<Record<string, unknown>> = operations[id];
    for (const part of ['params', 'query', 'body'] as const) {
      expect([id, part, typeof listed[part]]).toEqual([id, part, part in listed ? 'function' : 'undefined']);
      expect(operation(id)[part] !== undefined).toBe(part in listed);
      expect(operation(id)[part]).toBe(operation(id)[part]);
    }
  });

  it('are not made by naming them', () => {
    const make = vi.fn(() => ({}));
    const schema = lazy(make);
    expect(make).not.toHaveBeenCalled();
    expect(schema()).toBe(schema());
    expect(make).toHaveBeenCalledTimes(1);
  });

  it('that are undefined are made once, too', () => {
    const make = vi.fn(() => undefined);
    const schema = lazy(make);
    schema();
    schema();
    expect(make).toHaveBeenCalledTimes(1);
  });
});
