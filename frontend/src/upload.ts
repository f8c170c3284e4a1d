import "./upload.css";
import { all } from "./dom";

/** What `documents:list` answers to a script. */
interface Added {
  document: { name: string; url: string };
}
interface Refused {
  errors: { code: string; message: string }[];
}

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
  private readonly request = new XMLHttpRequest();
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
  async send(form: HTMLFormElement, field: string, limit: number): Promise<boolean> {
    if (this.over) return false;
    if (this.file.size > limit) {
      this.refuse(`This file is ${inWords(this.file.size)}; the limit is ${inWords(limit)}.`);
      return false;
    }
    return new Promise((resolve) => {
      const { request } = this;
      const end = (taken: boolean) => {
        this.over = true;
        resolve(taken);
      };
      request.upload.addEventListener("progress", ({ loaded, total }) => {
        this.bar.value = total ? loaded / total : 0;
        this.state.textContent = `${Math.round(this.bar.value * 100)} % of ${inWords(this.file.size)}`;
      });
      request.upload.addEventListener("load", () => {
        this.bar.removeAttribute("value");
        this.state.textContent = "Sent. Being checked…";
        this.button.disabled = true; // it is the server's now: no cancel could be kept
      });
      request.addEventListener("load", () => {
        const taken = request.status === 201;
        if (taken) this.take(request.response as Added | null);
        else this.refuse(reason(request));
        end(taken);
      });
      request.addEventListener("error", () => {
        this.refuse("The connection broke before the file arrived. Please try again.");
        end(false);
      });
      request.addEventListener("abort", () => end(false));

      const body = new FormData(form);
      body.delete(field);
      body.set(field, this.file);
      request.open("POST", form.action);
      request.responseType = "json";
      request.setRequestHeader("Accept", "application/json");
      this.state.textContent = "Starting";
      request.send(body);
    });
  }

  onCancel(act: () => void): void {
    this.button.addEventListener("click", () => {
      const wasOver = this.over;
      this.over = true;
      this.request.abort();
      if (wasOver) this.row.remove();
      else this.settle("Cancelled. Nothing was kept.", "cancelled");
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

  private refuse(why: string): void {
    this.over = true;
    this.settle(why, "refused");
    this.state.role = "alert";
  }

  private settle(words: string, outcome: "added" | "refused" | "cancelled"): void {
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

function reason(request: XMLHttpRequest): string {
  const errors = (request.response as Refused | null)?.errors;
  if (errors?.length) return errors.map(({ message }) => message).join(" ");
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
    let taken = 0;
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      status.textContent = `Sending ${next.file.name}`;
      if (await next.send(form, input.name, limit)) {
        taken += 1;
        status.textContent = `${next.file.name} was added.`;
      }
    }
    running = false;
    if (taken) await refresh();
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

/** Fetch this page again and hang its list in the place of the old one. */
async function refresh(): Promise<void> {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-papers]");
  if (fresh) document.querySelector("[data-papers]")?.replaceWith(document.adoptNode(fresh));
}
