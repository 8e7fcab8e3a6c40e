// A runbook says when it fires, then what that means for tenants, then where to look and what to do.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = new URL('../../docs/runbooks/', import.meta.url);

test.each(readdirSync(folder))('%s has the parts of a runbook in order', (file) => {
  const text = readFileSync(new URL(file, folder), 'utf8');
  const parts = text.match(/^# .+|^## .+|^\*\*Fires\*\*|^\*\*What it means for tenants\.\*\*/gm);
  expect(parts?.slice(1)).toEqual(['**Fires**', '**What it means for tenants.**', '## Look', '## Do']);
});
