// Runs the contract of a store of exported files over one store.
import { describe, it } from 'vitest';
import { exportContract } from '../../infra/accept/export-contract.ts';
import type { ExportStore } from '../../shared/exports/port.ts';

/** @param open another client of the same files with every call */
export const holdsExportContract = (name: string, open: () => Promise<ExportStore>): void => {
  describe(name, () => {
    for (const [at, { title, holds }] of exportContract.entries())
      it(title, async () => holds(await open(), await open(), `tenant=case-${at}`));
  });
};
