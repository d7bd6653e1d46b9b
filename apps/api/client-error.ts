import type { Socket } from 'node:net';

interface ConnectionFault extends Error {
  code?: string;
}

const answers: Record<string, readonly [status: string, code: string, message: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'timeout', 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'too-large', 'The request’s headers are too large.'],
};
const garbled = ['400 Bad Request', 'invalid', 'This is not a well-formed HTTP request.'] as const;

/**
 * Answers what could not be read as a request, so that no dialect knows of it: garbage, TLS on a plain port, a client
 * that stalls. The connection ends with it, as nobody can tell where its next request would begin.
 */
export function refuseConnection(error: ConnectionFault, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, code, message] = answers[error.code ?? ''] ?? garbled;
  // A stream that was taken over, or an answer that has begun, is not to be written into.
  if (!socket.writable || socket.bytesWritten > 0) return void socket.destroy();
  const body = JSON.stringify({ error: { code, message } });
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    // A client that neither reads nor leaves must not keep the connection.
    () => socket.destroy(),
  );
}
