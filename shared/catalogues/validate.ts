// A catalogue that is wanted to be used: its shape first, then what a shape cannot say.
import { type Problem, problemsOf } from './check.ts';
import { type Catalogue, catalogueSchema } from './schema.ts';

/** A catalogue that cannot be used, with everything that is wrong with it. */
export class CatalogueError extends Error {
  override readonly name = 'CatalogueError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(`The catalogue is not valid:\n${problems.map((p) => `- ${p.path}: ${p.message}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * The catalogue that `input` is, or a CatalogueError with every problem. References are looked at only once the shape
 * is right, since in a broken shape most of them would be missing for that reason alone.
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
