// The app as tests synthesize it: with the context of cdk.json, which only the command line would load, and without what
// tests do not look at.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { handlerFile } from '../../functions/index.ts';
import { areaOf, backgroundFiles, root } from '../../infra/bundle/bundle.ts';
import { recordFile } from '../../infra/console/sources.ts';
import { type Config, stageConfig } from '../../infra/stacks/config.ts';
import { type Holdfast, holdfast } from '../../infra/stacks/holdfast.ts';
import { operationIds } from '../../shared/routes/operations.ts';

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: properties are looked into freely by tests
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly UpdatePolicy?: { readonly CodeDeployLambdaAliasUpdate?: object };
}

interface Finding {
  readonly pluginName: string;
  readonly violations: readonly { readonly ruleName: string; readonly violatingConstructs: readonly object[] }[];
  readonly suppressedViolations?: readonly { readonly ruleName: string; readonly reason: string }[];
}

export interface Synthesized {
  readonly app: Holdfast;
  readonly data: Template;
  readonly service: Template;
  /** All templates by the name of their stack, nested ones included. */
  readonly templates: ReadonlyMap<string, Template>;
  readonly findings: readonly Finding[];
  close(): void;
}

/** The settings of the example that the project carries. */
export const example = JSON.parse(readFileSync(join(root, 'config/example.json'), 'utf8')) as Record<string, unknown>;

const cdk = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
export const { context } = cdk;

const areas = new Set([...operationIds.map(handlerFile), ...backgroundFiles].map((file) => areaOf(file) as string));

/** What looks like a built console, in a folder. */
export const builtSite = (folder: string): string => {
  const site = join(folder, 'site');
  mkdirSync(join(site, 'assets'), { recursive: true });
  for (const name of [
    'index.html',
    'index.html.br',
    recordFile,
    'assets/main-1a2b3c4d.js',
    'assets/main-1a2b3c4d.js.gz',
  ])
    writeFileSync(join(site, name), name);
  return site;
};

/** Synthesizes the example with other settings. */
export const synthesize = (settings: Record<string, unknown> = {}): Synthesized =>
  synthesizeStage(stageConfig('production', { ...example, ...settings }));

/**
 * Synthesizes a stage. The code is a folder with nothing in it for each area, since what is built is tested elsewhere.
 */
export const synthesizeStage = (config: Config): Synthesized => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-synth-'));
  const code = join(folder, 'code');
  const outdir = join(folder, 'out');
  const close = () => rmSync(folder, { recursive: true, force: true });
  try {
    for (const area of areas) {
      mkdirSync(join(code, area), { recursive: true });
      writeFileSync(join(code, area, 'empty.mjs'), `// ${area}`);
    }
    const site = builtSite(folder);
    const quick = { 'aws:cdk:disable-stack-trace': true };
    const app = new App({ outdir, context: { ...context, ...quick }, treeMetadata: false });
    const made = holdfast(app, config, code, site);
    app.synth();
    const { data, service, identity, console } = made;
    const beside = [identity, console].filter((one) => one !== undefined);
    const stacks: Stack[] = [data, service, ...service.areas.values(), ...beside];
    const templates = new Map(stacks.map((stack) => [stack.node.id, Template.fromStack(stack)]));
    const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
    return {
      app: made,
      data: templates.get(made.data.node.id) as Template,
      service: templates.get(made.service.node.id) as Template,
      templates,
      findings: report.pluginReports,
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
};

export const resourcesOf = (template: Template, type: string): [string, Resource][] =>
  Object.entries(template.findResources(type)) as [string, Resource][];
