/** The files a page used: what the browser knows of each, and what the server adds. */

/** What browsers tell of late, and TypeScript does not know yet. */
type Timing = (PerformanceResourceTiming | PerformanceNavigationTiming) & {
  contentEncoding?: string;
  deliveryType?: string;
  responseStatus?: number;
};

/** A static file as /pipeline/xray.json tells it. */
interface Told {
  written: string;
  name: string;
  owner: string;
  source: string;
  finder: string;
  hashedBy: string;
  raw: number;
  br: number | null;
  gzip: number | null;
  /** The Cache-Control that the site gives it, wherever it is published. */
  kept: string;
}

interface Place {
  url: string;
  who: string;
  access: string;
  kept: string | null;
  storage?: string;
  static?: boolean;
}

interface Report {
  process: string;
  places: Place[];
  files: Record<string, Told>;
  map: string | null;
}

export interface File {
  number: number;
  url: string;
  /** As a template or a source writes it. */
  written: string;
  /** As the URL says it, if that differs; never with a query, which may be a signature. */
  served: string;
  owner: string;
  ownerDetail: string;
  who: string;
  whoDetail: string;
  /** Bytes; undefined where the other origin does not tell. */
  wire: number | undefined;
  raw: number | undefined;
  encoding: string | undefined;
  came: "network" | "cache" | "checked" | "unknown";
  milliseconds: number;
  kept: string | undefined;
  access: string;
  until: Date | undefined;
  status: number;
  map: string | null;
  elements: Element[];
}

export interface Seen {
  files: File[];
  /** What X-ray itself added to the page, which is not the page's. */
  own: number;
  map: string | null;
  trouble: string;
}

const asked = new Set<string>(); // what this module fetched by itself
const NAMES_A_REQUEST = 60; // of about 60 characters: half of what a server takes in one line

/** Look at the page as it is now. */
export async function look(address: string): Promise<Seen> {
  const entries = timings();
  const own = entries.filter(({ name }) => isOwn(name));
  const wanted = entries.filter(({ name }) => !isOwn(name));
  const { report, trouble } = await ask(address, wanted);
  const pictures = picturesByAddress();
  const sizes = await uploadSizes(address, wanted, report);
  const files = await Promise.all(
    wanted.map(async (entry, index) => {
      const place = placeOf(entry.name, report);
      const kept = await cacheControl(entry, report, place);
      const file = describe(entry, index + 1, report, place, kept, pictures.get(entry.name) ?? []);
      return { ...file, raw: file.raw ?? sizes[keyOf(entry.name, place)] };
    }),
  );
  return { files, own: own.length, map: report.map, trouble };
}

/** The page itself, then everything it loaded, each address once. */
function timings(): Timing[] {
  const all = [
    ...performance.getEntriesByType("navigation"),
    ...performance.getEntriesByType("resource"),
  ] as Timing[];
  const once = new Map<string, Timing>();
  for (const entry of all) {
    const ours = entry.initiatorType === "fetch" && asked.has(entry.name);
    if (entry.name.startsWith("http") && !ours && !once.has(entry.name)) {
      once.set(entry.name, entry);
    }
  }
  return [...once.values()];
}

function isOwn(url: string): boolean {
  const { pathname } = new URL(url);
  return /\/frontend\/(?:src\/)?xray[./-]/.test(pathname) || pathname.endsWith("/xray.json");
}

async function ask(
  address: string,
  entries: Timing[],
): Promise<{ report: Report; trouble: string }> {
  const report: Report = { process: "", places: [], files: {}, map: null };
  const names = [...new Set(entries.map(({ name }) => staticName(name)).filter(Boolean))];
  try {
    for (let from = 0; from === 0 || from < names.length; from += NAMES_A_REQUEST) {
      const url = new URL(address, location.href);
      for (const name of names.slice(from, from + NAMES_A_REQUEST)) {
        url.searchParams.append("name", name);
      }
      asked.add(url.href);
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(`it answered ${answer.status}`);
      const part: Report = await answer.json();
      Object.assign(report, part, { files: { ...report.files, ...part.files } });
    }
    return { report, trouble: "" };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { report, trouble: `${address} told nothing (${why}), so names are as they were sent.` };
  }
}

/** The part of an address below /static/, on whatever origin; empty where there is none. */
function staticName(url: string): string {
  const [, name = ""] = new URL(url).pathname.split(/\/static\/(.*)/);
  return decoded(name);
}

/** The key of an upload in its storage; empty for anything else. */
function keyOf(url: string, place: Place | undefined): string {
  if (!place?.storage) return "";
  const [key = ""] = url.slice(new URL(place.url, location.href).href.length).split("?");
  return decoded(key);
}

/** A bucket tells scripts nothing; the server, which may ask it, says how large its files are. */
async function uploadSizes(
  address: string,
  entries: Timing[],
  report: Report,
): Promise<Record<string, number>> {
  const url = new URL(address, location.href);
  for (const entry of entries.filter(isSilent)) {
    const place = placeOf(entry.name, report);
    if (place?.storage && place.access === "public") {
      url.searchParams.append("key", keyOf(entry.name, place));
    }
  }
  if (!url.search) return {};
  asked.add(url.href);
  const answer = await fetch(url);
  return answer.ok ? (await answer.json()).uploads : {};
}

/** Whether another origin keeps the sizes to itself (no Timing-Allow-Origin). */
function isSilent(entry: Timing): boolean {
  return entry.encodedBodySize === 0 && entry.decodedBodySize === 0;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray %: as it was sent
  }
}

function placeOf(url: string, { places }: Report): Place | undefined {
  return places
    .filter((place) => url.startsWith(new URL(place.url, location.href).href))
    .sort((one, other) => other.url.length - one.url.length)[0];
}

/**
 * What the answer said: asked again for the headers alone, mostly of the browser's cache. Not of a
 * CDN: its style sheets and pictures were cached without CORS, and asking would be an error. What
 * is there the site itself published, and knows.
 */
async function cacheControl(
  entry: Timing,
  report: Report,
  place?: Place,
): Promise<string | undefined> {
  if (place?.static) return report.files[staticName(entry.name)]?.kept;
  if (entry.entryType === "navigation") return pageCacheControl(entry);
  const mayAsk = new URL(entry.name).origin === location.origin || place?.access === "development";
  if (!mayAsk) return place?.kept ?? undefined;
  asked.add(entry.name);
  try {
    const answer = await fetch(entry.name, { method: "HEAD" });
    return answer.headers.get("cache-control") ?? "";
  } catch {
    return undefined; // the panel says that it was not told
  }
}

/** The page's own, by GET, since some views answer no HEAD; the body is not waited for. */
async function pageCacheControl(entry: Timing): Promise<string | undefined> {
  if ((entry.responseStatus ?? 0) >= 400) return undefined; // once is enough for an error
  const [address = ""] = entry.name.split("#");
  asked.add(address);
  try {
    const answer = await fetch(address);
    void answer.body?.cancel();
    // Another page than the one in front of us, after signing out elsewhere: nothing about this.
    if (answer.redirected || !answer.ok) return undefined;
    return answer.headers.get("cache-control") ?? "";
  } catch {
    return undefined;
  }
}

function describe(
  entry: Timing,
  number: number,
  report: Report,
  place: Place | undefined,
  kept: string | undefined,
  elements: Element[],
): File {
  const url = new URL(entry.name);
  const page = entry.entryType === "navigation";
  const name = staticName(entry.name);
  const told = report.files[name];
  const silent = isSilent(entry);
  const [who, whoDetail] = server(entry, report, place);
  const until = signedUntil(url);
  const path = decoded(url.pathname);
  return {
    number,
    url: entry.name,
    ...names(),
    who,
    whoDetail,
    wire: silent ? undefined : entry.transferSize,
    raw: silent ? told?.raw : entry.decodedBodySize,
    encoding: silent ? undefined : encodingOf(entry, told),
    came: silent ? "unknown" : cameFrom(entry),
    milliseconds: Math.round(entry.duration),
    kept,
    access: until ? "signed" : page ? "this visit" : (place?.access ?? "public"),
    until,
    status: entry.responseStatus ?? 0,
    map: told && report.map ? `${report.map}?q=${encodeURIComponent(told.name)}` : null,
    elements,
  };

  function names(): Pick<File, "written" | "served" | "owner" | "ownerDetail"> {
    if (page) {
      return { written: path, served: "", owner: "the page", ownerDetail: "made for this request" };
    }
    if (told) {
      return {
        written: told.written,
        served: told.written === name ? "" : name,
        owner: told.owner,
        ownerDetail: `${folder(told)}${told.finder || "in the manifest"}`,
      };
    }
    if (place?.who === "Vite") {
      const module = name.replace(/^frontend\//, "");
      return { written: module, served: "", owner: "Vite", ownerDetail: "not built" };
    }
    if (place?.storage) {
      return {
        written: keyOf(entry.name, place),
        served: "",
        owner: "an upload",
        ownerDetail: `storage “${place.storage}”`,
      };
    }
    const owner = name ? "no static file" : "Django";
    return { written: name || path, served: "", owner, ownerDetail: name ? "not known" : "a view" };
  }
}

/** Where its name begins, if the source is found below that by its name: `catalog/static/`. */
function folder({ source, written }: Told): string {
  if (!source) return "";
  return source.endsWith(written) ? `${source.slice(0, -written.length)} ` : `${source} `;
}

/** Who sent it, and through whom: first by what the answer says, then by its address. */
function server(entry: Timing, report: Report, place: Place | undefined): [string, string] {
  const says = new Map(entry.serverTiming?.map(({ name, description }) => [name, description]));
  const served = says.get("served") ?? "";
  const through = says.get("via") ? `behind ${says.get("via")}` : "";
  if (place?.who === "CDN") return ["CDN", served ? `filled by ${served}` : "does not say by whom"];
  if (place?.who === "Vite") return ["Vite", "development server"];
  if (place?.who) return [place.who, new URL(entry.name).host];
  if (new URL(entry.name).origin !== location.origin) {
    return ["another origin", new URL(entry.name).host];
  }
  const inside = report.process ? `in ${report.process}` : "";
  if (served === "WhiteNoise" && report.process === "runserver") {
    return ["runserver", ["WhiteNoise", through].filter(Boolean).join(", ")];
  }
  if (served === "WhiteNoise") return ["WhiteNoise", [inside, through].filter(Boolean).join(", ")];
  if (served && served !== "Django") return [served, "from its disk"];
  if (served || entry.entryType === "navigation") {
    return ["Django view", [inside, through].filter(Boolean).join(", ")];
  }
  // WhiteNoise, nginx and Apache sign what they send; what is left on our own origin is a view's.
  if (!staticName(entry.name)) return ["Django view", inside];
  return ["not told", "no Server-Timing"];
}

/** By its header; on another origin, which hides that, by the size that was compressed here. */
function encodingOf(entry: Timing, told?: Told): string {
  if (entry.contentEncoding) return entry.contentEncoding;
  if (entry.encodedBodySize === entry.decodedBodySize) return "none";
  if (told?.br === entry.encodedBodySize) return "br";
  if (told?.gzip === entry.encodedBodySize) return "gzip";
  return "compressed";
}

function cameFrom(entry: Timing): File["came"] {
  if (entry.deliveryType === "cache" || entry.transferSize === 0) return "cache";
  // A 304 is a few hundred bytes of headers; the body was here already.
  return entry.transferSize < entry.encodedBodySize ? "checked" : "network";
}

/**
 * When a signed address ends: AWS and Google give a date and seconds, Azure `se`, older ones
 * `Expires` in seconds since 1970.
 */
function signedUntil({ searchParams }: URL): Date | undefined {
  const get = (name: string) =>
    searchParams.get(`X-Amz-${name}`) ?? searchParams.get(`X-Goog-${name}`);
  const parts = get("Date")
    ?.match(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/)
    ?.slice(1)
    .map(Number);
  let at = Number.NaN;
  if (parts) {
    const [year = 0, month = 1, day, hour, minute, second] = parts;
    at = Date.UTC(year, month - 1, day, hour, minute, second) + 1000 * Number(get("Expires"));
  } else if (searchParams.has("Expires") && searchParams.has("Signature")) {
    at = 1000 * Number(searchParams.get("Expires"));
  } else if (searchParams.has("sig") && searchParams.has("se")) {
    at = Date.parse(searchParams.get("se") ?? "");
  }
  return Number.isNaN(at) ? undefined : new Date(at);
}

function picturesByAddress(): Map<string, Element[]> {
  const found = new Map<string, Element[]>();
  for (const image of document.querySelectorAll("img")) {
    const url = image.currentSrc;
    found.set(url, [...(found.get(url) ?? []), image]);
  }
  return found;
}
