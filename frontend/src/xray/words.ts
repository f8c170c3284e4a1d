/** Numbers and headers, in words that can be read aloud. */

const ONE_DIGIT = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const COUNT = new Intl.NumberFormat("en");
const CLOCK = new Intl.DateTimeFormat("en", { timeStyle: "medium", hourCycle: "h23" });
const DAY_AND_CLOCK = new Intl.DateTimeFormat("en", {
  dateStyle: "medium",
  timeStyle: "medium",
  hourCycle: "h23",
});

const SPANS: [number, string][] = [
  [31_536_000, "year"],
  [86_400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
];

export function bytes(size: number | undefined): string {
  if (size === undefined) return "not told";
  if (size < 1000) return `${size} B`;
  if (size < 1_000_000) return `${ONE_DIGIT.format(size / 1000)} kB`;
  return `${ONE_DIGIT.format(size / 1_000_000)} MB`;
}

export function counted(number: number, one: string): string {
  return `${COUNT.format(number)} ${one}${number === 1 ? "" : "s"}`;
}

/** How long a browser keeps a file without asking, from its Cache-Control. */
export function lifetime(header: string | undefined): string {
  if (header === undefined) return "not told";
  if (/\bno-store\b/.test(header)) return "never kept";
  if (/\bno-cache\b/.test(header)) return "kept, asked each time";
  const seconds = Number(header.match(/\bmax-age=(\d+)/)?.[1] ?? Number.NaN);
  if (Number.isNaN(seconds))
    return header ? "as the browser guesses" : "no Cache-Control, as the browser guesses";
  if (seconds === 0) return "kept, asked each time";
  const [length, unit] = SPANS.find(([least]) => seconds >= least) ?? [1, "second"];
  const span = counted(Math.round(seconds / length), unit);
  return /\bimmutable\b/.test(header) ? `${span}, never asked again` : span;
}

export function moment(date: Date): string {
  const today = date.toDateString() === new Date().toDateString();
  return (today ? CLOCK : DAY_AND_CLOCK).format(date);
}
