import { connect, type Socket } from 'node:net';

const prompt = /(?:^|\n)(?:master|\d+)> /g;
const longestPrompt = 32;
const atOnce = 200;

/** What the load balancer said no to. */
export class RuntimeApiError extends Error {}

/** It went away, or did not answer in time. */
export class BrokenConversation extends Error {}

/** One conversation with a load balancer’s master, in its interactive mode: each command ends with a prompt. */
export class PromptConnection {
  private received = '';
  /** Before this place no prompt can begin. */
  private searched = 0;
  private waiting: { resolve: (answer: string) => void; reject: (error: Error) => void }[] = [];
  private broken: Error | null = null;

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.take(text));
    socket.on('error', (error) => this.break(error));
    socket.on('close', () => this.break(new Error('The load balancer ended the conversation.')));
  }

  /** Ready for commands to the master; `speakTo` first for a worker. */
  static async open(socketPath: string, timeoutMs: number): Promise<PromptConnection> {
    const socket = connect(socketPath);
    const connection = new PromptConnection(socket);
    socket.setTimeout(timeoutMs, () => connection.break(new Error('The load balancer did not answer in time.')));
    await connection.run(['prompt']);
    return connection;
  }

  /** Commands from now on are for that worker. */
  async speakTo(pid: number): Promise<void> {
    const [answer = ''] = await this.run([`@!${pid}`]);
    if (answer.trim()) throw new RuntimeApiError(answer.trim());
  }

  /**
   * The answers in order. A command may carry text of several lines after `<<`, with no empty line in it.
   * @throws BrokenConversation; what a command’s answer says is not judged here
   */
  async run(commands: readonly string[]): Promise<string[]> {
    const answers: string[] = [];
    for (let first = 0; first < commands.length; first += atOnce) {
      const batch = commands.slice(first, first + atOnce);
      if (this.broken) throw new BrokenConversation(this.broken.message);
      const pending = batch.map(() => new Promise<string>((resolve, reject) => this.waiting.push({ resolve, reject })));
      this.socket.write(batch.map(framed).join(''));
      answers.push(...(await Promise.all(pending)));
    }
    return answers;
  }

  close(): void {
    this.broken ??= new Error('The conversation is closed.');
    this.socket.destroy();
  }

  private take(text: string): void {
    this.received += text;
    for (let end = this.findPrompt(); end; end = this.findPrompt()) {
      const answer = this.received.slice(0, end.index);
      this.received = this.received.slice(end.index + end[0].length);
      this.searched = 0;
      this.waiting.shift()?.resolve(answer);
    }
    this.searched = Math.max(0, this.received.length - longestPrompt);
  }

  private findPrompt(): RegExpExecArray | null {
    prompt.lastIndex = this.searched;
    return prompt.exec(this.received);
  }

  private break(error: Error): void {
    this.broken ??= error;
    const failure = new BrokenConversation(this.broken.message);
    for (const { reject } of this.waiting.splice(0)) reject(failure);
    this.socket.destroy();
  }
}

/** Text after `<<` ends with an empty line; one more would be a command of its own. */
const framed = (command: string): string => (command.includes('<<\n') ? `${command.trimEnd()}\n\n` : `${command}\n`);
