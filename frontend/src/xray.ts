/**
 * X-ray: the button, and what it opens. An entry of its own, which only pages with X-ray name; it
 * shares no module with main.ts, so that the bundle of all other pages stays as it is.
 */
import "./xray.css";
import { look } from "./xray/files";
import { Outlines } from "./xray/outlines";
import { Panel } from "./xray/panel";

const OPEN = "xray-open"; // remembered for the visit, so that it stays open from page to page

performance.setResourceTimingBufferSize(1000); // browsers keep 250, and Vite serves each module

function begin(place: HTMLElement, report: string): void {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "xray__toggle";
  button.textContent = "X-ray";
  const panel = new Panel();
  const outlines = new Outlines(panel);
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-controls", panel.element.id);
  place.append(button, panel.element, outlines.element);

  async function show(): Promise<void> {
    panel.wait();
    const seen = await look(report);
    panel.show(seen);
    outlines.show(seen.files);
  }

  function open(focus: boolean): void {
    panel.open(focus);
    button.setAttribute("aria-expanded", "true");
    sessionStorage.setItem(OPEN, "yes");
    void show();
  }

  function close(): void {
    panel.close();
    outlines.hide();
    button.setAttribute("aria-expanded", "false");
    sessionStorage.removeItem(OPEN);
    button.focus();
  }

  button.addEventListener("click", () => (panel.isOpen ? close() : open(true)));
  panel.onClose = close;
  panel.onAgain = () => void show();
  panel.onOutline = (wanted) => outlines.toggle(wanted);
  document.addEventListener("keydown", (event) => {
    const elsewhere = (event.target as Element).closest("dialog:not(.xray__panel), details");
    if (event.key === "Escape" && panel.isOpen && !elsewhere && !event.defaultPrevented) close();
  });

  if (sessionStorage.getItem(OPEN)) open(false);
}

const place = document.querySelector<HTMLElement>("[data-xray]");
if (place?.dataset.xray) {
  const report = place.dataset.xray;
  // What a page loads before it is loaded belongs to it; nothing waits for X-ray.
  if (document.readyState === "complete") begin(place, report);
  else addEventListener("load", () => begin(place, report), { once: true });
}
