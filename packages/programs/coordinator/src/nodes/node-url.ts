/**
 * URLs of IOTA nodes: what may be told of one, and what is for the node alone. Name, password, path and
 * query may be secrets: they go into no log, error or reply.
 */
import { CoordinatorError } from '../error.ts';

export interface NodeUrl {
  /** What may be told: scheme, host and port. */
  readonly name: string;
  /** Where to send to: all but name and password. */
  readonly endpoint: string;
  /** For HTTP basic authentication. */
  readonly credentials: { readonly user: string; readonly password: string } | null;
  /** Whether it holds more than may be told. What the node says could repeat that. */
  readonly isConfidential: boolean;
}

const URL_CHARACTERS_MAX = 2048;
/** What an event of the journal holds, which an alarm about the node is. */
const NAME_CHARACTERS_MAX = 256;

function invalid(expected: string): CoordinatorError {
  return new CoordinatorError('invalid_request', `expected ${expected}`, {
    next: 'give the URL as http://HOST:PORT or https://HOST:PORT',
  });
}

function parseCredentials({ username, password, protocol }: URL): NodeUrl['credentials'] {
  if (username === '' && password === '') return null;
  if (username === '' || password === '') throw invalid('a name and a password, or neither');
  if (protocol !== 'https:') throw invalid('https where there is a password: http shows it to all');
  try {
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    throw invalid('a name and a password with % only before two hexadecimal digits');
  }
}

/** @throws CoordinatorError invalid_request, which repeats nothing of the text */
export function parseNodeUrl(text: string): NodeUrl {
  if (text.length > URL_CHARACTERS_MAX || !URL.canParse(text)) throw invalid('a URL');
  const url = new URL(text);
  if (!['http:', 'https:'].includes(url.protocol)) throw invalid('an http or https URL');
  if (url.origin.length > NAME_CHARACTERS_MAX) throw invalid('a shorter host');
  const credentials = parseCredentials(url);
  url.username = '';
  url.password = '';
  url.hash = '';
  const isBare = url.pathname === '/' && url.search === '';
  return {
    name: url.origin,
    endpoint: url.href,
    credentials,
    isConfidential: credentials !== null || !isBare,
  };
}
