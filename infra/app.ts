// The CDK app. It builds the functions first, so that what is deployed is always what is in the sources.
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { bundle, root } from './bundle/bundle.ts';
import { holdfast } from './stacks/holdfast.ts';

const { folder } = await bundle(join(root, 'dist'));
holdfast(new App(), folder);
