/** A relay before a node: what is asked of it goes on unchanged, and tests see which commands those were. */
import { createServer, type IncomingMessage } from 'node:http';
import { listen } from './world.ts';

export interface Relay {
  readonly url: string;
  /** The commands, in their order. */
  readonly asked: string[];
  /** Resolves when this command comes next. */
  readonly isAsked: (command: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

export async function relayTo(nodeUrl: string): Promise<Relay> {
  const asked: string[] = [];
  const waiting: { readonly command: string; readonly resolve: () => void }[] = [];
  const relay = async (body: string): Promise<{ status: number; text: string }> => {
    const headers = { 'content-type': 'application/json', 'x-iota-api-version': '1' };
    const answer = await fetch(nodeUrl, { method: 'POST', headers, body });
    const { command } = JSON.parse(body) as { command: string };
    asked.push(command);
    for (const each of waiting) if (each.command === command) each.resolve();
    return { status: answer.status, text: await answer.text() };
  };
  const server = createServer((request, response) => {
    void bodyOf(request)
      .then(relay)
      .then(({ status, text }) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(text);
      });
  });
  const isAsked = (command: string): Promise<void> =>
    new Promise((resolve) => waiting.push({ command, resolve }));
  return { asked, isAsked, ...(await listen(server)) };
}
