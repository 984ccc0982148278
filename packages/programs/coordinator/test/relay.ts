/** A relay before a node: what is asked of it goes on, unchanged unless said, and tests see what that was. */
import { createServer, type IncomingMessage } from 'node:http';
import { listen } from './world.ts';

export interface Request {
  readonly command: string;
  readonly minWeightMagnitude?: number;
}

export interface Relay {
  readonly url: string;
  /** The commands, in their order. */
  readonly asked: string[];
  /** Resolves with the request when this command comes next. */
  readonly isAsked: (command: string) => Promise<Request>;
  readonly close: () => Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** @param change what of a request goes on to the node; all of it if not given */
export async function relayTo(
  nodeUrl: string,
  change: (request: Request) => Request = (request) => request,
): Promise<Relay> {
  const asked: string[] = [];
  const waiting: { readonly command: string; readonly resolve: (request: Request) => void }[] = [];
  const relay = async (text: string): Promise<{ status: number; text: string }> => {
    const headers = { 'content-type': 'application/json', 'x-iota-api-version': '1' };
    const request = JSON.parse(text) as Request;
    const body = JSON.stringify(change(request));
    const answer = await fetch(nodeUrl, { method: 'POST', headers, body });
    const { command } = request;
    asked.push(command);
    for (const each of waiting) if (each.command === command) each.resolve(request);
    return { status: answer.status, text: await answer.text() };
  };
  const server = createServer((request, response) => {
    void bodyOf(request)
      .then(relay)
      .then(({ status, text }) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(text);
      });
  });
  const isAsked = (command: string): Promise<Request> =>
    new Promise((resolve) => waiting.push({ command, resolve }));
  return { asked, isAsked, ...(await listen(server)) };
}
