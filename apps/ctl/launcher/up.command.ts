import { Installation } from '#libs/launch/installation/installation.js';
import { LaunchError } from '#libs/launch/launch-error.js';
import { identify } from '#libs/platform/process/proc.js';
import { Supervisor } from '#libs/launch/process/supervisor.js';
import { stopEverything } from './down.command.js';
import { Progress } from './progress.js';
import { UpSteps, type UpResult } from './up.steps.js';

export interface UpOptions {
  detach: boolean;
  sample: boolean;
}

/**
 * Starts everything. Attached, it stays, starts again what ends, and stops all of it on Ctrl-C; detached, a
 * process of its own does the watching.
 */
export async function up(checkout: string, options: UpOptions): Promise<void> {
  const progress = new Progress();
  const started = performance.now();
  const installation = Installation.open(checkout);
  const { state } = installation;
  const attached = state.daemon('up').running();
  if (attached && attached.pid !== process.pid) {
    throw new LaunchError(
      `Another "up" runs (pid ${attached.pid}). "./pierhead status" shows it, "./pierhead down" ends it.`,
    );
  }
  progress.line(`Pierhead in ${state.path}`);
  installation.prepare();
  state.writePrivate(state.daemon('up').pidFile, JSON.stringify(identify(process.pid)));
  // The watcher of an earlier detached `up` would start again what this one replaces.
  await state.daemon('supervisor').stop();

  const ended = new AbortController();
  const stopping = (signal: NodeJS.Signals) => ended.abort(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stopping);
  try {
    const steps = new UpSteps(installation, progress, options.sample).run(ended.signal);
    const result = await Promise.race([steps, aborted(ended.signal)]);
    if (result) {
      progress.line(summary(installation, result, (performance.now() - started) / 1000));
      if (options.detach) return await watchDetached(installation);
      progress.line('Ctrl-C stops everything but the containers.\n');
      await new Supervisor(installation.parts(), (line) => progress.line(line)).run(ended.signal);
    }
    progress.line('\nStopping.');
    await stopEverything(installation, progress);
    // A step that was under way may have started one more thing before it noticed.
    await steps.catch(() => undefined);
    await stopEverything(installation, progress);
  } catch (error) {
    if (!ended.signal.aborted) {
      progress.line(
        '\nIt did not come up. What was started runs on: "./pierhead logs" shows why, "./pierhead down" stops it.',
      );
    }
    throw error;
  } finally {
    await forget(installation);
  }
}

async function forget(installation: Installation): Promise<void> {
  const own = installation.state.daemon('up');
  if (own.running()?.pid === process.pid) installation.state.writePrivate(own.pidFile, '{}');
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
}

async function watchDetached(installation: Installation): Promise<void> {
  const daemon = installation.state.daemon('supervisor');
  await daemon.ensure({
    command: () => ({
      // The program that runs now, the way it was started.
      command: process.execPath,
      args: [...process.execArgv, process.argv[1] as string, 'supervise'],
      cwd: process.cwd(),
      env: { ...process.env, PIERHEAD_STATE: installation.state.path },
    }),
    ready: () => Promise.resolve(true),
    timeoutMs: 5_000,
  });
}

/** The program that watches for a detached `up`. */
export async function supervise(checkout: string): Promise<void> {
  const installation = Installation.open(checkout);
  const progress = new Progress((text) => process.stdout.write(`${new Date().toISOString()} ${text}`));
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
  await new Supervisor(installation.parts(), (line) => progress.line(line)).run(ended.signal);
}

export function summary(installation: Installation, result: UpResult, seconds: number): string {
  const { credentials, isFirst, sampleUrl } = result;
  const file = installation.credentialsFile;
  const key = isFirst ? credentials.apiKey : `$(node -p 'JSON.parse(require("fs").readFileSync("${file}")).apiKey')`;
  const base = installation.publicUrl;
  const { edgeHttp, edgeHttps } = installation.settings.ports;
  const routes = `http://127.0.0.1:${edgeHttp}/ and https://127.0.0.1:${edgeHttps}/, by their host`;
  return [
    '',
    `Up in ${seconds.toFixed(1)} s.`,
    ...(sampleUrl ? [`  The sample answers at  ${sampleUrl}`] : []),
    ...(installation.edge() ? [`  Routes answer at       ${routes}`] : []),
    `  API                    ${base}   (documentation: ${base}/docs)`,
    `  Organization           ${credentials.organization}`,
    `  Project                ${credentials.project}`,
    `  User                   ${credentials.user}`,
    ...(isFirst
      ? [
          `  Password               ${credentials.password}`,
          `  API key                ${credentials.apiKey}`,
          `  Shown once, kept in    ${file}`,
        ]
      : [`  Password and API key   ${file}`]),
    '',
    'Next:',
    ...(sampleUrl ? [`  curl ${sampleUrl}cgi-bin/whoami`] : []),
    `  curl -u "${credentials.user}:${key}" ${base}/api/app/v1/service/`,
    '  ./pierhead status      ./pierhead logs -f      ./pierhead down',
    '',
  ].join('\n');
}
