import { eventDate, readDate, wireDate, wireDateOrNull } from './date.translate.js';

describe('dates of the Docker Cloud API', () => {
  it('are RFC 1123 with a numeric zone', () => {
    expect(wireDate(new Date('2014-10-13T11:01:43.999Z'))).toBe('Mon, 13 Oct 2014 11:01:43 +0000');
    expect(wireDate(new Date('2026-01-02T03:04:05Z'))).toBe('Fri, 02 Jan 2026 03:04:05 +0000');
    expect(wireDateOrNull(null)).toBeNull();
  });

  it('are ISO 8601 without fractions in events', () => {
    expect(eventDate(new Date('2016-02-01T16:47:28.123Z'))).toBe('2016-02-01T16:47:28Z');
  });

  it.each([
    ['2016-02-01', '2016-02-01T00:00:00.000Z'],
    ['2016-02-01T16:47:28Z', '2016-02-01T16:47:28.000Z'],
    ['2016-02-01T16:47:28', '2016-02-01T16:47:28.000Z'],
    ['2016-02-01T18:47:28+02:00', '2016-02-01T16:47:28.000Z'],
    ['Mon, 01 Feb 2016 16:47:28 +0000', '2016-02-01T16:47:28.000Z'],
  ])('are read from %s', (text, expected) => {
    expect(readDate(text)?.toISOString()).toBe(expected);
  });

  it.each(['yesterday', '2016', '2016-13-45', '1', ''])('are not read from "%s"', (text) => {
    expect(readDate(text)).toBeNull();
  });
});
