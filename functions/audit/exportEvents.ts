// GET /v1/audit/export
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { query } from '../../shared/http/operation.ts';
import { exportPage, exportText } from '../../shared/http/operations/audit-export.ts';

const packed = promisify(gzip);

/** Seconds after which it is worth asking again when nothing is there. */
const idleSeconds = 60;

export const handler = query('exportEvents', {
  run: async ({ input, runtime, tenant, by, requestId, traceId, takesGzip }) => {
    const { after, format, values } = input.query;
    const { lines, page } = await exportPage(runtime.store.db, tenant, { after, format, values: values === 'true' });
    const read = { action: 'events.exported', actor: by.actor, requestId, traceId } as const;
    const bytes = Buffer.from(exportText(lines, page));
    // What cannot be recorded is not handed out.
    const [content] = await Promise.all([
      takesGzip ? packed(bytes) : bytes,
      lines.length > 0 && runtime.store.countRead(tenant, read),
    ]);
    return {
      text: {
        type: 'application/x-ndjson',
        content,
        headers: {
          vary: 'accept-encoding',
          ...(takesGzip && { 'content-encoding': 'gzip' }),
          ...(lines.length === 0 && { 'retry-after': String(idleSeconds) }),
        },
      },
    };
  },
});
