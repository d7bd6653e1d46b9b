import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { EngineStatusError } from './engine-error.js';

const maxJsonBytes = 64 * 1024 * 1024;
const maxErrorBytes = 1024 * 1024;

const readText = async (source: Readable, maxBytes: number): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBytes) throw new EngineStatusError(502, 'The engine’s answer is too large.');
  }
  return Buffer.concat(chunks).toString();
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
};

/** The body as JSON; null where there is none or where it is something else. */
export const readJson = async (answer: IncomingMessage): Promise<unknown> =>
  parseJson(await readText(answer, maxJsonBytes));

/** Throws the engine's own sentence for a status of 400 or more. */
export const refuseErrors = async (answer: IncomingMessage): Promise<void> => {
  const status = answer.statusCode ?? 0;
  if (status < 400) return;
  const text = (await readText(answer, maxErrorBytes)).trim();
  const body = parseJson(text);
  const message = typeof body === 'object' && body !== null && 'message' in body ? String(body.message).trim() : text;
  throw new EngineStatusError(status, message === '' ? `The engine answered ${status}.` : message);
};
