import "./upload.css";
import { all } from "./dom";

/** What `documents:list` answers to a script. */
interface Added {
  document: { name: string; url: string };
}
interface Refused {
  errors: { code: string; message: string }[];
}

/** How sending a file ended. After `full` no other file has a place either. */
type Outcome = "taken" | "full" | "over";

const megabytes = new Intl.NumberFormat("en", {
  style: "unit",
  unit: "megabyte",
  maximumFractionDigits: 1,
});

function inWords(bytes: number): string {
  return megabytes.format(Math.max(0.1, bytes / 1024 / 1024));
}

function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text = "",
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** One file on its way: a row that tells its state, and the request behind it. */
class Sending {
  readonly row = element("li", "sending");
  private readonly state = element("p", "sending__state", "Waiting");
  private readonly bar = element("progress", "sending__bar");
  private readonly button = element("button", "button button--small", "Cancel");
  private request = new XMLHttpRequest();
  private over = false;

  constructor(readonly file: File) {
    const name = element("p", "sending__name", file.name);
    this.bar.max = 1;
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", `Progress of ${file.name}`);
    this.button.type = "button";
    this.button.append(hiddenText(` ${file.name}`));
    this.row.append(name, this.button, this.bar, this.state);
  }

  /** Resolve when the file has been taken, refused, cancelled or lost. */
  async send(form: HTMLFormElement, field: string, limit: number): Promise<Outcome> {
    if (this.file.size > limit && !this.over) {
      this.refuse(`This file is ${inWords(this.file.size)}; the limit is ${inWords(limit)}.`);
    }
    while (!this.over) {
      const end = await this.attempt(form, field);
      if (end === "error") {
        this.refuse("The connection broke before the file arrived. Please try again.");
      }
      if (end !== "load") break; // on abort the row says already that it was cancelled
      const wait = secondsToWait(this.request);
      if (wait) {
        await this.pause(wait);
      } else if (this.request.status === 201) {
        this.take(this.request.response as Added | null);
        return "taken";
      } else {
        this.refuse(reason(this.request));
        if (refusals(this.request).some(({ code }) => code === "quota_files")) return "full";
      }
    }
    return "over";
  }

  private attempt(form: HTMLFormElement, field: string): Promise<string> {
    const request = new XMLHttpRequest();
    this.request = request;
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      this.bar.value = total ? loaded / total : 0;
      this.state.textContent = `${Math.round(this.bar.value * 100)} % of ${inWords(this.file.size)}`;
    });
    request.upload.addEventListener("load", () => {
      this.bar.removeAttribute("value");
      this.state.textContent = "Sent. Being checked…";
      this.button.disabled = true; // it is the server's now: no cancel could be kept
    });
    const body = new FormData(form);
    body.delete(field);
    body.set(field, this.file);
    request.open("POST", form.action);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    this.state.textContent = "Starting";
    return new Promise((resolve) => {
      for (const end of ["load", "error", "abort"]) {
        request.addEventListener(end, () => resolve(end));
      }
      request.send(body);
    });
  }

  /** Wait as long as the server asks for; others may have sent from this address, too. */
  private pause(seconds: number): Promise<void> {
    this.bar.value = 0;
    this.button.disabled = false;
    this.state.textContent = `Too many at once. Goes on by itself in ${seconds} s.`;
    return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }

  onCancel(act: () => void): void {
    this.button.addEventListener("click", () => {
      if (this.over) {
        this.row.remove();
      } else {
        this.settle("Cancelled. Nothing was kept.", "cancelled");
        this.request.abort();
      }
      act();
    });
  }

  private take(answer: Added | null): void {
    this.settle("Added.", "added");
    if (!answer) return;
    const link = element("a", "", answer.document.name);
    link.href = answer.document.url;
    this.row.querySelector(".sending__name")?.replaceChildren(link);
  }

  refuse(why: string): void {
    if (this.over) return;
    this.settle(why, "refused");
    this.state.role = "alert";
  }

  private settle(words: string, outcome: "added" | "refused" | "cancelled"): void {
    this.over = true;
    this.row.dataset.outcome = outcome;
    this.button.disabled = false;
    this.bar.remove();
    this.state.textContent = words;
    this.button.replaceChildren("Dismiss", hiddenText(` ${this.file.name}`));
  }
}

function hiddenText(text: string): HTMLSpanElement {
  return element("span", "visually-hidden", text);
}

/** Return how many seconds the server wants us to wait before it takes more; mostly none. */
function secondsToWait(request: XMLHttpRequest): number {
  return request.status === 429 ? Number(request.getResponseHeader("Retry-After")) || 0 : 0;
}

function refusals(request: XMLHttpRequest): Refused["errors"] {
  return (request.response as Refused | null)?.errors ?? [];
}

function reason(request: XMLHttpRequest): string {
  const errors = refusals(request);
  if (errors.length) return errors.map(({ message }) => message).join(" ");
  switch (request.status) {
    case 403:
      return "You are no longer signed in here. Reload this page, sign in, and try again.";
    case 413:
      return "This file is larger than the limit.";
    default:
      return `The server could not take the file (answer ${request.status}). Please try again.`;
  }
}

/** Turn each `[data-upload]` form into a drop zone that sends files one after another. */
export function enhanceUploads(): void {
  for (const form of all<HTMLFormElement>("form[data-upload]")) {
    enhance(form);
  }
}

function enhance(form: HTMLFormElement): void {
  const input = form.querySelector<HTMLInputElement>('input[type="file"]');
  if (!input) return;
  const limit = Number(form.dataset.limitBytes) || Number.POSITIVE_INFINITY;
  const list = element("ul", "sendings");
  list.setAttribute("role", "list");
  const status = element("p", "visually-hidden");
  status.role = "status";
  form.after(list, status);

  input.multiple = true;
  form.dataset.ready = "";
  const waiting: Sending[] = [];
  let running = false;

  const add = (files: Iterable<File>) => {
    for (const file of files) {
      const sending = new Sending(file);
      sending.onCancel(() => {
        status.textContent = `${file.name}: cancelled or dismissed.`;
        input.focus();
      });
      list.append(sending.row);
      waiting.push(sending);
    }
    if (!running) void work();
  };

  const work = async () => {
    running = true;
    let changed = false;
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const full = whyFull(form);
      if (full) {
        next.refuse(full);
        continue;
      }
      status.textContent = `Sending ${next.file.name}`;
      const outcome = await next.send(form, input.name, limit);
      if (outcome === "taken") status.textContent = `${next.file.name} was added.`;
      if (outcome === "full") await refresh(form);
      changed ||= outcome === "taken";
    }
    running = false;
    if (changed) await refresh(form);
  };

  input.addEventListener("change", () => {
    add(Array.from(input.files ?? []));
    input.value = "";
  });
  form.addEventListener("submit", (event) => event.preventDefault());

  // The whole page takes a drop: a file that misses the zone must not replace the page.
  let depth = 0;
  const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  document.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    depth += 1;
    form.dataset.over = "";
  });
  document.addEventListener("dragleave", (event) => {
    if (!carriesFiles(event)) return;
    depth -= 1;
    if (depth <= 0) delete form.dataset.over;
  });
  document.addEventListener("dragover", (event) => {
    if (carriesFiles(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    delete form.dataset.over;
    add(Array.from(event.dataTransfer?.files ?? []));
  });
  window.addEventListener("beforeunload", (event) => {
    if (running) event.preventDefault();
  });
}

/** Say why no file has a place any more, or nothing. */
function whyFull(form: HTMLFormElement): string {
  const full = form.querySelector<HTMLElement>("[data-full]");
  return full?.hidden === false ? (full.querySelector("p")?.textContent ?? "") : "";
}

/** Fetch this page again and hang its list in the place of the old one. */
async function refresh(form: HTMLFormElement): Promise<void> {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of ["[data-papers]", "[data-full]"]) {
    const fresh = page.querySelector(part);
    if (fresh) document.querySelector(part)?.replaceWith(document.adoptNode(fresh));
  }
  const open = form.querySelector<HTMLElement>("[data-open]");
  if (open) open.hidden = whyFull(form) !== "";
}
