// The answer to a dry run of each operation.
import * as z from 'zod';
import { answers } from './answers.ts';
import { preview } from './effects.ts';
import type { OperationId } from './operations.ts';

export const previewOf = (id: OperationId) => preview.extend({ answer: (answers[id] ?? z.undefined()).optional() });
