// The check of a catalogue before it is used: first its shape, then the rules that a shape cannot express.
import { type CatalogueProblem, problemsOf } from './check.ts';
import { type Catalogue, catalogueSchema } from './schema.ts';

/** A catalogue that cannot be used, with all of its faults. */
export class CatalogueError extends Error {
  override readonly name = 'CatalogueError';
  readonly problems: readonly CatalogueProblem[];

  constructor(problems: readonly CatalogueProblem[]) {
    super(`The catalogue is not valid:\n${problems.map((p) => `- ${p.path}: ${p.message}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Checks that `input` is a usable catalogue. References are checked only when the shape is right, because a broken
 * shape would make most of them look missing.
 * @throws CatalogueError with all faults
 */
export const validateCatalogue = (input: unknown): Catalogue => {
  const parsed = catalogueSchema.safeParse(input);
  if (!parsed.success) {
    throw new CatalogueError(
      parsed.error.issues.map((issue) => ({ path: dotted(issue.path), message: issue.message })),
    );
  }
  const problems = problemsOf(parsed.data);
  if (problems.length > 0) throw new CatalogueError(problems);
  return parsed.data;
};

const dotted = (path: readonly PropertyKey[]): string => (path.length === 0 ? 'catalogue' : path.map(String).join('.'));
