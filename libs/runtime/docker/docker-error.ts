import { EngineConnectionError, EngineStatusError } from '#libs/wire/docker/engine-error.js';
import { RuntimeError, type RuntimeErrorCode } from '../runtime.error.js';

const byStatus: Record<number, RuntimeErrorCode> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'conflict',
  404: 'not-found',
  409: 'conflict',
};

/** What the engines only say in words; the first match counts. Both engines use 500 for most of these. */
const bySentence: [RegExp, RuntimeErrorCode][] = [
  [/^address already in use$|requested ip address \S+ is already allocated/i, 'address-taken'],
  [/port is already allocated|address already in use|cannot listen on the (tcp|udp) port/i, 'conflict'],
  [/no such image|image not known|unable to find .* in local storage/i, 'image-not-found'],
  [
    /executable file not found|no such file or directory|not a directory|permission denied|exec format error/i,
    'invalid',
  ],
  [/is being used by|is in use|in use by|has active endpoints|associated containers/i, 'conflict'],
  [/can only kill running|is not running|already (exists|in use)|container state improper/i, 'conflict'],
  [/no such (container|volume|network)|network not found|volume .* not found/i, 'not-found'],
  [/unable to find user|no matching entries in passwd/i, 'invalid'],
];

/** Every failure of an engine call, in the port's words. */
export const toRuntimeError = (error: unknown): RuntimeError => {
  if (error instanceof RuntimeError) return error;
  if (error instanceof EngineStatusError) {
    const spoken = bySentence.find(([pattern]) => pattern.test(error.message))?.[1];
    // A plain status says more than a word in its sentence, except for the engines' all-purpose 500.
    const absentImage = error.status === 404 && spoken === 'image-not-found';
    const plain = error.status < 500 && !absentImage && spoken !== 'address-taken';
    const code = plain ? undefined : spoken;
    return new RuntimeError(code ?? byStatus[error.status] ?? 'engine', error.message, { cause: error });
  }
  if (error instanceof EngineConnectionError) {
    const code = error.reason === 'unreachable' ? 'unavailable' : error.reason;
    return new RuntimeError(code, error.message, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new RuntimeError('unavailable', `The connection to the engine broke: ${message}`, { cause: error });
};

const pullSentences: [RegExp, RuntimeErrorCode][] = [
  [/unauthorized|authentication required|no basic auth|access.*denied|denied:|forbidden/i, 'unauthorized'],
  [/manifest unknown|not found|name unknown|does not exist|no such image|reading manifest/i, 'image-not-found'],
  [
    /dial tcp|no such host|connection refused|i\/o timeout|tls|server gave http|pinging container/i,
    'registry-unavailable',
  ],
  [/invalid reference|parsing reference/i, 'invalid'],
];

/** A pull's failure; the credentials' secret is taken out should the engine or a registry quote it. */
export const toPullError = (message: string, secret: string | undefined): RuntimeError => {
  const clean = secret ? message.replaceAll(secret, '***') : message;
  const code = pullSentences.find(([pattern]) => pattern.test(clean))?.[1] ?? 'engine';
  return new RuntimeError(code, clean);
};
