import { CatalogueError, validateCatalogue } from '../../shared/catalogues/validate.ts';

/** What the validator says, as `path: sentence`. */
export const said = (input: unknown): string[] => {
  try {
    validateCatalogue(input);
    return [];
  } catch (error) {
    if (!(error instanceof CatalogueError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
};
