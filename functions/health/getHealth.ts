// GET /v1/health
import { outside } from '../../shared/http/operation.ts';

export const handler = outside('getHealth', async () => ({ body: { status: 'up' } }));
