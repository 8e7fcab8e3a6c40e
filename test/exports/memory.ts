// A store of exported files in memory, which fails where a test wants it to.
import { type ExportStore, fileName } from '../../shared/exports/port.ts';

type Call = { readonly kind: 'put' | 'get' | 'list'; readonly name: string };

export class MemoryExports implements ExportStore {
  readonly files = new Map<string, Uint8Array>();
  readonly calls: Call[] = [];
  /** Runs in place of a call; call `go` to go on. */
  around: <T>(call: Call, go: () => Promise<T>) => Promise<T> = (_, go) => go();

  #call<T>(kind: Call['kind'], name: string, go: () => T): Promise<T> {
    this.calls.push({ kind, name });
    return this.around({ kind, name }, async () => go());
  }

  put(name: string, bytes: Uint8Array): Promise<'written' | 'exists'> {
    return this.#call('put', name, () => {
      if (this.files.has(fileName(name))) return 'exists';
      this.files.set(name, Uint8Array.from(bytes));
      return 'written';
    });
  }

  get(name: string): Promise<Uint8Array | undefined> {
    return this.#call('get', name, () => this.files.get(fileName(name)));
  }

  async *list(prefix: string): AsyncGenerator<string> {
    yield* await this.#call('list', prefix, () =>
      [...this.files.keys()].filter((name) => name.startsWith(prefix)).sort(),
    );
  }
}
