// The API document: what is committed is what the table gives, it is valid, and it tells of every operation.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { changeTexts } from '../../console/src/changes/texts.ts';
import { openApiDocument } from '../../infra/openapi/document.ts';
import { generated } from '../../infra/openapi/generated.ts';
import { meanings } from '../../infra/openapi/problems.ts';
import { areas } from '../../infra/openapi/texts.ts';
import { problems } from '../../shared/domain/base/refusal.ts';
import { rates } from '../../shared/http/gateway/buckets.ts';
import { operation, operationIds } from '../../shared/routes/operations.ts';
import { problemCodesOf } from '../../shared/routes/problems.ts';

const run = promisify(execFile);
const root = new URL('../../', import.meta.url);

// biome-ignore lint/suspicious/noExplicitAny: the document is looked into freely
type Free = any;
const document: Free = JSON.parse(JSON.stringify(openApiDocument()));
const described = (id: (typeof operationIds)[number]): Free =>
  document.paths[operation(id).path][operation(id).method.toLowerCase()];

/** A part of the document, references followed. */
const followed = (part: Free): Free =>
  part.$ref === undefined
    ? part
    : part.$ref
        .split('/')
        .slice(1)
        .reduce((at: Free, key: string) => at[key], document);

describe('the API document', () => {
  it.each(generated().map(({ file, text }) => [file.slice(root.pathname.length), file, text]))(
    '%s is committed as the table gives it (npm run openapi writes it)',
    async (_, file, text) => {
      expect((await readFile(file, 'utf8')) === text, `${file} is not what npm run openapi writes`).toBe(true);
    },
  );

  it('tells the rates that are refused beyond, of a caller and of a tenant', () => {
    for (const { check, other } of Object.values(rates))
      for (const { perSecond, burst } of [check, other])
        expect(document.info.description).toContain(
          `${perSecond.toLocaleString('en')} (${burst.toLocaleString('en')} at once)`,
        );
    const asChecks = operationIds.filter((id) => operation(id).scope === 'check').map((id) => operation(id).area);
    expect([...new Set(asChecks)].sort()).toEqual(['checks', 'explanations', 'sessions']);
  });

  it('tells each word that a warning may have, which are those that the console has words for', async () => {
    const words = [...document.components.schemas.Warnings.description.matchAll(/^`([a-z-]+)`: \S/gm)].map(
      ([, one]) => one,
    );
    // The console says this one in a strip of its own.
    const said = [...Object.keys(changeTexts.en.warnings), 'only-one-access-manager'];
    expect(words.sort()).toEqual(said.sort());
  });

  it('is clean by the linter', async () => {
    const redocly = new URL('node_modules/.bin/redocly', root).pathname;
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1' };
    const { stderr, stdout } = await run(process.execPath, [redocly, 'lint', 'holdfast'], { cwd: root, env });
    expect(`${stdout}${stderr}`).toMatch(/API description is valid/);
    expect(`${stdout}${stderr}`).not.toMatch(/warning/i);
  });

  it.each(operationIds)('tells of %s', (id) => {
    const o = operation(id);
    const said = described(id);
    expect(said.operationId).toBe(id);
    expect(said.tags).toEqual([o.area]);
    expect(areas[o.area]).toMatch(/\S/);
    expect(said.responses[o.status]).toBeDefined();
    expect(said.security.length > 0, 'asks for a token').toBe(o.callers.length > 0);
    const names = (said.parameters ?? []).map((one: { in: string; name: string }) => `${one.in} ${one.name}`);
    const expected = [
      ...Object.keys(o.params?.shape ?? {}).map((name) => `path ${name}`),
      ...Object.keys(o.query?.shape ?? {}).map((name) => `query ${name}`),
      ...(o.etag !== undefined && o.etag !== 'given' ? ['header If-Match'] : []),
      ...(o.idempotent ? ['header Idempotency-Key'] : []),
      ...(o.data === 'write' ? ['query dryRun'] : []),
    ];
    expect(names.sort()).toEqual(expected.sort());
    expect(said.responses[o.status].headers?.ETag !== undefined).toBe(
      o.etag !== undefined && o.etag !== 'spent' && o.status !== 204,
    );
  });

  it.each(operationIds)('names every problem of %s, by status', (id) => {
    for (const code of problemCodesOf(id)) {
      const response = followed(described(id).responses[problems[code][0]]);
      expect(response.description, code).toContain(`\`${code}\`: ${meanings[code]}`);
      const { examples } = response.content['application/problem+json'];
      expect(followed(examples[code]).value).toMatchObject({ code, status: problems[code][0] });
    }
  });

  it('has a body to send and an answer to expect in every operation, by name', () => {
    for (const id of operationIds) {
      const { body, media, status, data } = operation(id);
      const { requestBody, responses } = described(id);
      if (body)
        expect(requestBody.content['application/json'].schema.$ref, id).toMatch(/^#\/components\/schemas\/\w+$/);
      const content = responses[status].content?.['application/json'];
      // A dry run answers a preview: in place of the answer, or with a status of its own.
      const answer = data === 'write' && status === 200 ? content.schema.anyOf[0] : content?.schema;
      if (status !== 204 && !media) expect(answer.$ref, id).toMatch(/^#\/components\/schemas\/\w+$/);
      const rehearsed = responses['200']?.content?.['application/json'];
      if (data === 'write') expect(JSON.stringify(rehearsed), id).toContain('#/components/schemas/Preview');
    }
  });

  it('knows no schema that is empty', () => {
    for (const [name, schema] of Object.entries(document.components.schemas))
      expect(Object.keys(schema as object), name).not.toEqual([]);
  });
});
