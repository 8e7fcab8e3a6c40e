// Everything that the local server needs beside the handlers. It is one module that is built together with the
// handlers, because `instanceof` fails between two copies of a class.
export { exportFolder } from '../shared/exports/folder.ts';
export { Buckets } from '../shared/http/gateway/buckets.ts';
export { alarmTo, setRuntime } from '../shared/http/gateway/runtime.ts';
export { localNotary } from '../shared/http/signing/notary.ts';
export { RingSigner } from '../shared/http/signing/signer.ts';
export { localVault } from '../shared/http/signing/vault.ts';
export { documentClient } from '../shared/store/client.ts';
export { Store } from '../shared/store/store.ts';
export { handler as exportWork } from './work/export.ts';
export { setExporter } from './work/exporter.ts';
export { handler as work } from './work/work.ts';
