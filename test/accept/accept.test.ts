// The acceptance suite, held against a local instance that runs what is built: it passes there, and it fails where it must.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Deployment, issuerOf, kept, mintedBy } from '../../infra/accept/deployment.ts';
import { fire } from '../../infra/accept/fire.ts';
import { live } from '../../infra/accept/life.ts';
import { type Instance, startInstance } from '../../infra/local/instance.ts';
import { play } from '../../infra/local/story.ts';
import { longSuite } from '../support/patience.ts';

vi.setConfig(longSuite);

let instance: Instance;
let deployment: Deployment;
beforeAll(async () => {
  instance = await startInstance({ port: 0, built: true });
  const { url, issuer } = instance;
  const token: Deployment['token'] = ({ subject, tenant, scope }) =>
    issuer.token({ subject, scope: `holdfast/${scope}`, ...(tenant && { tenant }) });
  deployment = { url, issuer: issuer.issuer, token };
});
afterAll(() => instance.close());

describe('acceptance', () => {
  it('plays the story to its end', async () => {
    const lines: string[] = [];
    await play(deployment, (text) => lines.push(text));
    expect(lines.join('\n')).toContain('That was the tour.');
  });

  it('lives a tenant through what operators decide', async () => {
    expect(await live(deployment)).toBeGreaterThanOrEqual(19);
  });

  it('keeps the last one who manages access rights, whoever acts at once', async () => {
    const figures = await fire(deployment, 'Acceptance', { rounds: 4, perRound: 24, seed: 7 });
    expect(figures.requests).toBeGreaterThan(4 * 24);
    expect(figures.refusedLockOuts).toBeGreaterThan(0);
  });

  it('is served from what is built, the API page with it', async () => {
    for (const path of ['/v1/openapi.json', '/v1/docs', '/v1/docs/swagger-ui.css'])
      expect([path, (await fetch(`${deployment.url}${path}`)).status]).toEqual([path, 200]);
  });

  it('fails where an answer is another than the story tells', async () => {
    const forgetful: Deployment = { ...deployment, url: `${deployment.url}/nowhere` };
    await expect(play(forgetful, () => {})).rejects.toThrow('not-found');
  });

  it('asks a command for tokens, once for each, and reads the issuer from them', async () => {
    const payload = Buffer.from(JSON.stringify({ iss: 'https://issuer.example' })).toString('base64url');
    const mint = kept(mintedBy(`echo "head.${payload}.$HOLDFAST_SUBJECT-$HOLDFAST_TENANT-$HOLDFAST_SCOPE"`));
    const token = await mint({ subject: 'ada', tenant: 't1', scope: 'admin' });
    expect(token.split('.')[2]).toBe('ada-t1-admin');
    expect(issuerOf(token)).toBe('https://issuer.example');
    await expect(mintedBy('exit 3')({ subject: 'ada', scope: 'admin' })).rejects.toThrow('--mint failed');
    expect(() => issuerOf('no token')).toThrow('names no issuer');
  });
});
