/** The panel: a drawer at the foot of the window, beside the page and not over all of it. */
import type { File, Seen } from "./files";
import { bytes, counted, lifetime, moment } from "./words";

const COLUMNS = [
  "File",
  "From",
  "Served by",
  "On the wire",
  "Raw",
  "Encoding",
  "Came",
  "Kept",
  "For",
];
const CAME = {
  network: "network",
  cache: "cache",
  checked: "cache, after asking",
  unknown: "not told",
};

type Child = Node | string;

function made<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  name: string,
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children);
  return element;
}

function button(text: string, act: () => void): HTMLButtonElement {
  const element = made("button", "xray__button", text);
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

export class Panel {
  readonly element = made("dialog", "xray__panel");
  onClose = (): void => {};
  onAgain = (): void => {};
  onOutline = (_wanted: boolean): void => {};
  private readonly heading = made("h2", "xray__title", "X-ray");
  private readonly summary = made("p", "xray__summary");
  private readonly body = made("div", "xray__body");
  private readonly map = made("a", "xray__button", "Whole map");

  constructor() {
    this.element.id = "xray-panel";
    this.heading.id = "xray-title";
    this.heading.tabIndex = -1;
    this.element.setAttribute("aria-labelledby", this.heading.id);
    this.summary.setAttribute("role", "status");
    this.map.hidden = true;
    const outline = button("Outlines", () => {
      const wanted = outline.getAttribute("aria-pressed") !== "true";
      outline.setAttribute("aria-pressed", String(wanted));
      this.onOutline(wanted);
    });
    outline.setAttribute("aria-pressed", "true");
    const again = button("Look again", () => this.onAgain());
    const close = button("Close", () => this.onClose());
    const acts = made("div", "xray__acts", this.map, outline, again, close);
    const head = made("div", "xray__head", this.heading, this.summary, acts);
    // What scrolls must be reachable by keyboard, and then have a name.
    this.body.tabIndex = 0;
    this.body.setAttribute("role", "group");
    this.body.setAttribute("aria-label", "Files of this page");
    this.element.append(head, this.body);
  }

  get isOpen(): boolean {
    return this.element.open;
  }

  open(focus: boolean): void {
    this.element.open = true; // not show(): that would take the focus from a page just loaded
    if (focus) this.heading.focus();
  }

  close(): void {
    this.element.open = false;
  }

  wait(): void {
    this.summary.textContent = "Looking…";
    this.body.setAttribute("aria-busy", "true");
  }

  show({ files, own, map, trouble }: Seen): void {
    this.body.removeAttribute("aria-busy");
    this.map.hidden = !map;
    if (map) this.map.href = map;
    this.summary.textContent = summary(files, own);
    const parts: Child[] = trouble ? [made("p", "xray__trouble", trouble)] : [];
    this.body.replaceChildren(...parts, this.table(files));
  }

  rowId(file: File): string {
    return `xray-file-${file.number}`;
  }

  /** Bring a file's row into view and put the focus there. */
  go(file: File): void {
    const row = document.getElementById(this.rowId(file));
    row?.scrollIntoView({ block: "center" });
    row?.focus({ preventScroll: true });
  }

  private table(files: File[]): HTMLTableElement {
    const head = made("tr", "");
    for (const name of COLUMNS) {
      const cell = made("th", "", name);
      cell.scope = "col";
      head.append(cell);
    }
    const body = made("tbody", "");
    const table = made("table", "xray__files", made("thead", "", head), body);
    for (const file of files) body.append(this.row(file));
    // Drawn as cards on a phone, which takes the table's roles away unless they are said.
    table.setAttribute("role", "table");
    for (const [selector, role] of [
      ["thead, tbody", "rowgroup"],
      ["tr", "row"],
      ["thead th", "columnheader"],
      ["tbody th", "rowheader"],
      ["td", "cell"],
    ] as const) {
      for (const part of table.querySelectorAll(selector)) part.setAttribute("role", role);
    }
    return table;
  }

  private row(file: File): HTMLTableRowElement {
    const row = made("tr", file.status >= 400 ? "xray__file xray__file--bad" : "xray__file");
    row.id = this.rowId(file);
    row.tabIndex = -1;
    row.dataset.file = file.written;
    row.append(this.name(file));
    const cells: [Child[], string][] = [
      [[made("strong", "", file.owner), detail(file.ownerDetail)], ""],
      [[made("strong", "", file.who), detail(file.whoDetail)], ""],
      [[file.came === "cache" ? "0 B" : bytes(file.wire)], "xray__number"],
      [[bytes(file.raw)], "xray__number"],
      [[file.encoding ?? "not told"], ""],
      [[CAME[file.came], detail(`${file.milliseconds} ms`)], ""],
      [kept(file), ""],
      [[file.access, ...(file.until ? [detail(`until ${moment(file.until)}`)] : [])], ""],
    ];
    cells.forEach(([children, name], index) => {
      const cell = made("td", name, ...children);
      cell.dataset.column = COLUMNS[index + 1] ?? "";
      row.append(cell);
    });
    return row;
  }

  private name(file: File): HTMLTableCellElement {
    const cell = made("th", "xray__name");
    cell.scope = "row";
    const [picture] = file.elements;
    if (picture) {
      const show = button(String(file.number), () => picture.scrollIntoView({ block: "center" }));
      show.setAttribute("aria-label", `${file.number}: show this picture on the page`);
      show.classList.add("xray__index");
      cell.append(show);
    } else {
      cell.append(made("span", "xray__index", String(file.number)));
    }
    const written = file.map ? made("a", "xray__written") : made("span", "xray__written");
    written.textContent = file.written;
    if (file.map) (written as HTMLAnchorElement).href = file.map;
    const names = made("span", "xray__names", written);
    if (file.served) names.append(made("span", "xray__served", ...withHash(file.served)));
    if (file.status >= 400) names.append(made("strong", "xray__bad", `answered ${file.status}`));
    cell.append(names);
    return cell;
  }
}

function kept(file: File): Child[] {
  const [span = "", after = ""] = lifetime(file.kept).split(", ");
  return [span, detail(after)];
}

function detail(text: string): Child {
  return text ? made("span", "xray__detail", text) : "";
}

/** The hash stands out: it is what lets a browser keep the file. */
function withHash(name: string): Child[] {
  const [before = "", hash, after = ""] = name.split(/\.([0-9a-f]{12})(?=\.)/);
  return hash ? [`${before}.`, made("mark", "xray__hash", hash), after] : [name];
}

function summary(files: File[], own: number): string {
  const sum = (of: (file: File) => number | undefined) =>
    files.reduce((total, file) => total + (of(file) ?? 0), 0);
  const cached = files.filter(({ came }) => came === "cache").length;
  const silent = files.filter(({ came }) => came === "unknown").length;
  const servers = [...new Set(files.map(({ who }) => who))].join(", ");
  const parts = [
    `${counted(files.length, "file")} by ${servers}`,
    `${bytes(sum((file) => (file.came === "cache" ? 0 : file.wire)))} on the wire, ${bytes(sum(({ raw }) => raw))} raw`,
    `${cached} from the cache`,
  ];
  if (silent) parts.push(`${silent} do not tell how they came`);
  if (own) parts.push(`X-ray’s own ${own} left out`);
  return `${parts.join(". ")}.`;
}
