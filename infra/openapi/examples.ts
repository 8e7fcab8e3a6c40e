import type { OperationId } from '../../shared/routes/operations.ts';
export interface AnyExample {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly answer?: unknown;
  readonly abridged?: boolean;
}
export const exampleOf = (_: OperationId): AnyExample => ({});
