// The command as a process.
import { runProcess } from '../command/process.ts';
import { main } from './main.ts';

await runProcess(main);
