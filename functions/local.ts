// What serving everything on one machine takes along with the functions. One module, so that it can be built with them:
// what is built knows its own classes only.
export { Buckets } from '../shared/http/gateway/buckets.ts';
export { alarmTo, setRuntime } from '../shared/http/gateway/runtime.ts';
export { localSigner } from '../shared/http/signing/signer.ts';
export { documentClient } from '../shared/store/client.ts';
export { Store } from '../shared/store/store.ts';
export { handler as work } from './work/work.ts';
