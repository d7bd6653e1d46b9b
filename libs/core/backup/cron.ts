import { CronExpressionParser } from 'cron-parser';
import { invalid } from '#libs/domain/error.js';

/** How often a schedule may come around; the platform would do nothing else. */
const shortestMs = 5 * 60_000;

/**
 * The first time after the given one that the five fields name in the time zone. Where clocks are put forward, a time
 * that is left out comes an hour later; where they are put back, one that is there twice comes once.
 */
export function nextTime(cron: string, timeZone: string, after: Date): Date {
  return CronExpressionParser.parse(cron, { tz: timeZone, currentDate: after }).next().toDate();
}

/** Errors: `invalid` (`cron`, `timeZone`). */
export function checkCron(cron: string, timeZone: string, now: Date): void {
  if (!isTimeZone(timeZone)) {
    throw invalid('timeZone', `timeZone: "${timeZone}" is no time zone; give a name such as "UTC" or "Europe/Berlin".`);
  }
  if (cron.trim().split(/\s+/).length !== 5) {
    throw invalid('cron', 'cron: give five fields (minute, hour, day, month, weekday), e.g. "30 3 * * *".');
  }
  let times: Date[];
  try {
    const expression = CronExpressionParser.parse(cron, { tz: timeZone, currentDate: now });
    times = expression.take(50).map((time) => time.toDate());
  } catch (error) {
    throw invalid('cron', `cron: "${cron}" names no time: ${error instanceof Error ? error.message : 'unreadable'}.`);
  }
  const tooSoon = times.some((time, at) => at > 0 && time.getTime() - (times[at - 1]?.getTime() ?? 0) < shortestMs);
  if (tooSoon) throw invalid('cron', 'cron: it may come around every five minutes at most.');
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '' && !/^[+-]/.test(name);
  } catch {
    return false;
  }
}
