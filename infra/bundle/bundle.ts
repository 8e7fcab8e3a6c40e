// One esbuild run over all functions but one. Shared code becomes chunks, of which each function loads only its own few. What is
// uploaded is a folder for each area, with the files that its functions load and no others, because a function starts
// anew whenever a byte of its upload changes.
import { copyFile, link, mkdir, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { handlerFile } from '../../functions/index.ts';
import { servedFiles } from '../../shared/http/operations/files.ts';
import { operationIds } from '../../shared/routes/operations.ts';
import { root } from '../root.ts';

export { root };

/**
 * Functions that no request calls: the workers of two queues, the publisher of changes, the meter, what has tenants
 * exported, and Cognito's trigger.
 */
export const backgroundFiles = [
  'functions/work/work.ts',
  'functions/work/export.ts',
  'functions/events/publish.ts',
  'functions/events/meter.ts',
  'functions/events/schedule-exports.ts',
  'functions/identity/addTenant.ts',
] as const;

/**
 * Functions that are built by themselves. A file of the SDK that several functions load has everything in it that any of
 * them uses, and the clients of S3 and STS use much that no other function does.
 */
const apart: readonly string[] = ['functions/work/export.ts'];

/** The output path of a source: `functions/roles/createRole.ts` becomes `roles/createRole.mjs`. */
export const builtFile = (source: string): string => source.replace(/^functions\//, '').replace(/\.ts$/, '.mjs');

/** The area of a function's source, which is the folder of its code in the upload. */
export const areaOf = (source: string): string | undefined => /^functions\/([^/]+)\//.exec(source)?.[1];

/** Replaces the SDK's credential chain; credentials.ts says why. */
const environmentCredentials: Plugin = {
  name: 'environment-credentials',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({
      path: join(root, 'infra/bundle/credentials.ts'),
    }));
  },
};

/**
 * Removes zod's JSON Schema writer, 18 kB, which every schema would pull in although no function writes JSON Schema.
 */
const noJsonSchema: Plugin = {
  name: 'no-json-schema',
  setup: ({ onLoad }) => {
    onLoad(
      { filter: /[\\/]zod[\\/]v4[\\/]core[\\/](to-json-schema|json-schema-processors)\.js$/ },
      async ({ path }) => {
        const names = Object.keys((await import(path)) as object);
        const refuse = '() => { throw new Error("JSON Schema is left out of bundles") }';
        // zod calls these two while it makes a schema, but calls the functions that they return only to write JSON
        // Schema.
        const made = new Set(['createToJSONSchemaMethod', 'createStandardJSONSchemaMethod']);
        const contents = names.map((name) => `export const ${name} = ${made.has(name) ? '() => ' : ''}${refuse};`);
        return { contents: contents.join('\n'), loader: 'js' };
      },
    );
  },
};

/** Build settings of everything that runs as a function. */
export const settings = {
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minify: true,
  mainFields: ['module', 'main'],
  // Source maps stay beside the code for reading stack traces, and are left out of deployments.
  sourcemap: 'external',
  sourcesContent: false,
  logLevel: 'warning',
  plugins: [environmentCredentials, noJsonSchema],
} as const satisfies BuildOptions;

export interface Bundle {
  readonly folder: string;
  /** The files that the functions of an area may load, by area; relative to the folder. */
  readonly files: ReadonlyMap<string, readonly string[]>;
  /** Bytes that a function loads before its first request (its entry and the chunks that it imports), by source. */
  readonly loaded: ReadonlyMap<string, number>;
  /** The packages and folders that those bytes come from. */
  readonly from: (source: string) => ReadonlyMap<string, number>;
  /** The folders, relative to the repository, of all packages with code in the output. */
  readonly packages: ReadonlySet<string>;
}

/** The file that a function must have beside it to serve files unchanged. */
const server = 'shared/http/operations/files.ts';

/**
 * Builds every function into a folder, and empties the folder first.
 * @param furtherPlugins of esbuild; they see a source before the settings' own plugins do
 */
export const bundle = async (
  folder: string,
  entries: readonly string[] = [...operationIds.map(handlerFile), ...backgroundFiles],
  furtherPlugins: readonly Plugin[] = [],
): Promise<Bundle> => {
  await rm(folder, { recursive: true, force: true });
  const whole: Metafile = { inputs: {}, outputs: {} };
  for (const entryPoints of [
    entries.filter((one) => !apart.includes(one)),
    entries.filter((one) => apart.includes(one)),
  ]) {
    if (entryPoints.length === 0) continue;
    const { metafile } = await build({
      ...settings,
      plugins: [...furtherPlugins, ...settings.plugins],
      entryPoints,
      outdir: folder,
      outbase: 'functions',
      outExtension: { '.js': '.mjs' },
      chunkNames: 'chunks/[name]-[hash]',
      metafile: true,
    });
    Object.assign(whole.inputs, metafile.inputs);
    Object.assign(whole.outputs, metafile.outputs);
  }
  await mkdir(join(folder, 'files'), { recursive: true });
  for (const [name, source] of Object.entries(servedFiles))
    await copyFile(join(root, source), join(folder, 'files', name));
  return measured(folder, whole);
};

/**
 * Lays out what is uploaded: `<folder>/areas/<area>`, with links to the built files. Source maps stay behind, because
 * a function never uses them.
 * @returns the folder of the areas
 */
export const layOut = async ({ folder, files }: Bundle): Promise<string> => {
  const areas = join(folder, 'areas');
  await rm(areas, { recursive: true, force: true });
  for (const [area, names] of files)
    for (const name of names) {
      await mkdir(dirname(join(areas, area, name)), { recursive: true });
      await link(join(folder, name), join(areas, area, name));
    }
  return areas;
};

const measured = (folder: string, { inputs, outputs }: Metafile): Bundle => {
  /** A built file and what it imports, before its first request or at any time. */
  const reached = (file: string, always: boolean, seen = new Set<string>()): Set<string> => {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const { path, kind, external } of outputs[file]?.imports ?? [])
      if (!external && (always || kind === 'import-statement')) reached(path, always, seen);
    return seen;
  };
  const built = Object.entries(outputs).flatMap(([file, { entryPoint }]) =>
    entryPoint?.startsWith('functions/') ? [[entryPoint, file] as const] : [],
  );
  const entries = new Map(built.map(([source, file]) => [source, reached(file, false)]));
  const bytes = (files: Iterable<string>) => [...files].reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0);
  const areas = new Map<string, Set<string>>();
  for (const [source, file] of built) {
    const area = areaOf(source);
    if (area === undefined) continue;
    const names = areas.get(area) ?? new Set();
    areas.set(area, names);
    for (const one of reached(file, true)) {
      names.add(relative(folder, join(root, one)));
      if (outputs[one]?.inputs[server]) for (const name of Object.keys(servedFiles)) names.add(`files/${name}`);
    }
  }
  return {
    folder,
    files: new Map([...areas].map(([area, names]) => [area, [...names].sort()])),
    loaded: new Map([...entries].map(([source, files]) => [source, bytes(files)])),
    from: (source) => {
      const by = new Map<string, number>();
      for (const file of entries.get(source) ?? [])
        for (const [input, { bytesInOutput }] of Object.entries(outputs[file]?.inputs ?? {})) {
          const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? dirname(input);
          by.set(name, (by.get(name) ?? 0) + bytesInOutput);
        }
      return by;
    },
    packages: new Set(Object.keys(inputs).flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? [])),
  };
};
