import { connect } from 'node:net';

/** Whether the server at a port of the loopback address takes the password and answers a PING within two seconds. */
export function redisAnswers(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    const end = (answers: boolean) => {
      socket.destroy();
      resolve(answers);
    };
    socket.setTimeout(2_000, () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
    socket.on('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (text.includes('+PONG\r\n')) end(true);
      // A wrong password, or a server that still reads its log from the disk.
      else if (text.includes('\r\n-') || text.startsWith('-')) end(false);
    });
  });
}
