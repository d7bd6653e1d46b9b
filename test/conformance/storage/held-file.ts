import { constants } from 'node:fs';
import { promisify } from 'node:util';
import koffi from 'koffi';

type Async = (...args: unknown[]) => Promise<number>;
/** In a thread of its own: whoever waits for a server does not hold up the test. */
const slowly = ({ async: call }: { async: (...args: never[]) => void }): Async =>
  promisify(call as (...args: unknown[]) => void) as Async;

/** What is used of the library that Debian’s NFS tools stand on. */
function bind() {
  const library = koffi.load('libnfs.so.13');
  const url = koffi.struct({ server: 'const char *', path: 'const char *', file: 'const char *' });
  const path = library.func('nfs_parse_url_dir', koffi.pointer(url), ['void *', 'str']);
  return {
    context: library.func('void *nfs_init_context()') as () => unknown,
    parse: (context: unknown, text: string) =>
      koffi.decode(path(context, text), url) as { server: string; path: string },
    problem: library.func('str nfs_get_error(void *context)') as (context: unknown) => string,
    mount: slowly(library.func('int nfs_mount(void *context, str server, str path)')),
    open: slowly(library.func('int nfs_open2(void *context, str path, int flags, int mode, _Out_ void **file)')),
    write: slowly(library.func('int nfs_write(void *context, void *file, uint64_t count, str text)')),
    read: slowly(
      library.func('int nfs_pread(void *context, void *file, uint64_t at, uint64_t count, _Out_ void *into)'),
    ),
    close: slowly(library.func('int nfs_close(void *context, void *file)')),
    free: library.func('void nfs_destroy_context(void *context)') as (context: unknown) => void,
  };
}

/** A file that a client keeps open over NFS 4, and writes lines to without a pause. */
export class HeldFile {
  readonly failures: string[] = [];
  lines = 0;
  longestMs = 0;
  private stopping = false;
  private writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly library: ReturnType<typeof bind>,
    private readonly context: unknown,
    private readonly file: unknown,
  ) {}

  /** @param url `nfs://address/export/folder/?version=4&nfsport=…` */
  static async open(url: string, name: string): Promise<HeldFile> {
    const library = bind();
    const context = library.context();
    const { server, path } = library.parse(context, url);
    if ((await library.mount(context, server, path)) !== 0) throw new Error(library.problem(context));
    const file: unknown[] = [null];
    const flags = constants.O_CREAT | constants.O_RDWR;
    if ((await library.open(context, `/${name}`, flags, 0o644, file)) !== 0) throw new Error(library.problem(context));
    const held = new HeldFile(library, context, file[0]);
    held.writing = held.write();
    return held;
  }

  /** Ends it and gives what is in the file, read through the same open file. */
  async close(): Promise<string> {
    const { context, file, library } = this;
    this.stopping = true;
    await this.writing;
    const content = Buffer.alloc(this.lines * line(0).length + 1);
    const length = await library.read(context, file, 0, content.length, content);
    if (length < 0 || (await library.close(context, file)) !== 0) throw new Error(library.problem(context));
    library.free(context);
    return content.subarray(0, length).toString();
  }

  expected(): string {
    return Array.from({ length: this.lines }, (_, number) => line(number)).join('');
  }

  private async write(): Promise<void> {
    const { context, file, library } = this;
    while (!this.stopping && this.failures.length < 10) {
      const began = performance.now();
      const text = line(this.lines);
      const written = await library.write(context, file, text.length, text);
      this.longestMs = Math.max(this.longestMs, performance.now() - began);
      if (written === text.length) this.lines += 1;
      else this.failures.push(library.problem(context));
    }
  }
}

const line = (number: number): string => `${String(number).padStart(7, '0')}\n`;
