/** /pipeline/: narrow the list while typing. Without this the form does it, a page at a time. */
import "./inspector.css";

/** The words of a search; of an address below /static/, on any origin, the file's name. */
function searched(text: string, prefix: string): string[] {
  return text.split(/\s+/).map((word) => {
    const at = word.indexOf(prefix);
    if (at < 0 || (at > 0 && !word.slice(0, at).includes("://"))) return word.toLowerCase();
    const [name = ""] = word.slice(at + prefix.length).split(/[?#]/);
    return decoded(name).toLowerCase();
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray %, as while typing
  }
}

function narrowAsTyped(form: HTMLFormElement): void {
  const input = form.elements.namedItem("q") as HTMLInputElement;
  const count = document.querySelector<HTMLElement>("[data-count]");
  const none = document.querySelector<HTMLElement>("[data-none]");
  const shelves = document.querySelectorAll<HTMLDetailsElement>("[data-shelf]");
  const rows = Array.from(document.querySelectorAll<HTMLElement>("[data-way]"));
  // A page that came with a search holds only what it found: the others must be fetched first.
  if (new URL(location.href).searchParams.get("q") || !count || !none) return;

  input.addEventListener("input", () => {
    const words = searched(input.value, form.dataset.narrow ?? "");
    let shown = 0;
    for (const row of rows) {
      row.hidden = !words.every((word) => row.dataset.way?.includes(word));
      if (!row.hidden) shown += 1;
    }
    none.hidden = shown > 0;
    const wanted = input.value.trim();
    for (const shelf of shelves) {
      shelf.hidden = !shelf.querySelector("[data-way]:not([hidden])");
      shelf.open = wanted !== "";
    }
    count.textContent = `${shown} of ${rows.length} files${wanted ? ` with “${wanted}”` : ""}`;
  });
}

for (const form of document.querySelectorAll<HTMLFormElement>("[data-narrow]")) {
  narrowAsTyped(form);
  // An order is chosen to be seen; the button stays for those without a script.
  form.querySelector("select")?.addEventListener("change", () => form.requestSubmit());
}
