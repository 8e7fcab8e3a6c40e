// package.json and the lock file: nothing is installed that nothing imports, and the lock has what each platform needs.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { root } from '../../infra/bundle/bundle.ts';
import { longSuite } from '../support/patience.ts';

vi.setConfig(longSuite);

const json = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8'));
const { dependencies, devDependencies, optionalDependencies } = json('package.json');
const { packages } = json('package-lock.json');

describe('the packages', () => {
  it('that functions are said to depend on are those that they import', () => {
    const imported = new Set<string>();
    for (const folder of ['functions', 'shared'])
      for (const file of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }))
        if (file.endsWith('.ts'))
          for (const [, name] of readFileSync(join(root, folder, file), 'utf8').matchAll(
            /(?:from|import\() ?'((?:@[\w-]+\/)?[a-z][\w.-]*)/g,
          ))
            if (name && name !== 'node') imported.add(name);
    expect([...imported].sort()).toEqual([...Object.keys(dependencies), 'aws-lambda'].sort());
  });

  it('are locked as they are asked for', () => {
    expect(packages['']).toMatchObject({ dependencies, devDependencies, optionalDependencies });
    expect(Object.keys(packages[''].dependencies)).toEqual(Object.keys(dependencies));
  });

  it('of which each platform needs another are locked for all of them', () => {
    const { optionalDependencies: platforms } = packages['node_modules/@biomejs/biome'];
    const { version } = packages['node_modules/@biomejs/biome'];
    expect(Object.keys(platforms).length).toBeGreaterThan(5);
    for (const name of Object.keys(platforms))
      expect([name, packages[`node_modules/${name}`]]).toEqual([name, expect.objectContaining({ version })]);
  });
});
