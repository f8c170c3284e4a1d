/** A frame around every picture of the page, with the number of its row. */
import type { File } from "./files";
import type { Panel } from "./panel";
import { bytes } from "./words";

export class Outlines {
  readonly element = document.createElement("div");
  private readonly frames = new Map<Element, HTMLElement>();
  private wanted = true;
  private waiting = false;

  constructor(private readonly panel: Panel) {
    this.element.className = "xray__outlines";
    this.element.hidden = true;
    const later = () => this.placeSoon();
    new ResizeObserver(later).observe(document.body);
    addEventListener("resize", later);
    document.addEventListener("scroll", later, { capture: true, passive: true });
  }

  show(files: File[]): void {
    this.frames.clear();
    this.element.replaceChildren();
    for (const file of files) {
      for (const picture of file.elements) {
        const frame = document.createElement("div");
        frame.className = "xray__frame";
        const label = document.createElement("a");
        label.className = "xray__label";
        label.href = `#${this.panel.rowId(file)}`;
        label.textContent = String(file.number);
        const more = document.createElement("span");
        more.textContent = ` ${file.who}, ${file.raw === undefined ? "size not told" : bytes(file.raw)}`;
        label.append(more);
        label.addEventListener("click", (event) => {
          event.preventDefault(); // the page's own address stays as it is
          this.panel.go(file);
        });
        frame.append(label);
        this.frames.set(picture, frame);
        this.element.append(frame);
      }
    }
    this.toggle(this.wanted);
  }

  hide(): void {
    this.element.hidden = true;
  }

  toggle(wanted: boolean): void {
    this.wanted = wanted;
    this.element.hidden = !wanted;
    this.place();
  }

  private placeSoon(): void {
    if (this.element.hidden || this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.place();
    });
  }

  private place(): void {
    if (this.element.hidden) return;
    const from = this.element.getBoundingClientRect();
    for (const [picture, frame] of this.frames) {
      const { left, top, width, height } = picture.getBoundingClientRect();
      frame.hidden = width === 0 || height === 0;
      frame.classList.toggle("xray__frame--small", width < 160);
      frame.classList.toggle("xray__frame--top", top + scrollY < 28); // no room above it
      Object.assign(frame.style, {
        left: `${left - from.left}px`,
        top: `${top - from.top}px`,
        width: `${width}px`,
        height: `${height}px`,
      });
    }
  }
}
