// Stands between functions and the engine, and counts what they ask of it.
import { Agent, createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Counting {
  readonly endpoint: string;
  /** Requests by the name of their command. */
  readonly asked: Readonly<Record<string, number>>;
  close(): void;
}

export const counting = async (engine: string): Promise<Counting> => {
  const { hostname, port } = new URL(engine);
  const agent = new Agent({ keepAlive: true });
  const asked: Record<string, number> = {};
  const server = createServer((incoming, outgoing) => {
    const command = String(incoming.headers['x-amz-target']).split('.').pop() as string;
    asked[command] = (asked[command] ?? 0) + 1;
    const { method, url: path, headers } = incoming;
    const further = send({ hostname, port, agent, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode as number, answer.headers);
      answer.pipe(outgoing);
    });
    further.on('error', () => outgoing.destroy());
    incoming.pipe(further);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
};
