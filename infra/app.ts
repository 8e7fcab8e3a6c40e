// The CDK app. It builds the functions first, so that a deployment always has the code of the sources.
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { bundle, layOut, root } from './bundle/bundle.ts';
import { builtConsole } from './console/built.ts';
import { type Config, readConfig } from './stacks/config.ts';
import { holdfast } from './stacks/holdfast.ts';

const app = new App();

/** The stage's settings. What is wrong with them is told in its own sentence, without the trace of a program that failed. */
const configOrEnd = (): Config => {
  try {
    return readConfig(app.node);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
};

const config = configOrEnd();
const built = await bundle(join(root, 'dist'));
holdfast(app, config, await layOut(built), config.console && (await builtConsole()));
