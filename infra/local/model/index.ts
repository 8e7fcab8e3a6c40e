// The model's exports.

export { systemTime } from './clock.ts';
export type { CellChange, CommitHook, CommitInfo, Stats } from './engine.ts';
export { WorkerDied } from './errors.ts';
export { calm, defaultTiming, type Faults, hostile, type Timing, tokenMemoryMs } from './faults.ts';
export { type ModelClient, type ModelClientOptions, ModelDynamo, type ModelOptions } from './model.ts';
export { Random } from './random.ts';
export { Scheduler, type SchedulerOptions, type Time } from './scheduler.ts';
export type { Gate, Phase, Predicate, RequestInfo, Script } from './script.ts';
export { type CommittedView, cellId, type IndexConfig } from './table.ts';
export type { ItemValue, ModelItem } from './values.ts';
export { inputFrom, outputTo } from './wire.ts';
