// The CDK app. It builds the functions first, so that a deployment always has the code of the sources.
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { bundle, layOut, root } from './bundle/bundle.ts';
import { readConfig } from './stacks/config.ts';
import { holdfast } from './stacks/holdfast.ts';

const app = new App();
const config = readConfig(app.node);
const built = await bundle(join(root, 'dist'));
holdfast(app, config, await layOut(built));
