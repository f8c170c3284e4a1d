import "./avatar-crop.css";
import {
  CropperCanvas,
  CropperHandle,
  CropperImage,
  CropperSelection,
  CropperViewer,
} from "cropperjs";
import { all } from "./dom";

/** Smallest crop in pixels of the picture: the avatar's largest display size. */
const SMALLEST_CROP = 128;
const ZOOM_STEP = 0.15;
const MOVE_STEP = 12;

interface TransformDetail {
  matrix: [number, number, number, number, number, number];
}

/** Show each `[data-avatar-crop]` field a stage where the chosen picture is moved and zoomed. */
export function cropAvatars(): void {
  for (const tag of [CropperCanvas, CropperHandle, CropperImage, CropperSelection, CropperViewer]) {
    tag.$define();
  }
  for (const field of all("[data-avatar-crop]")) enhance(field);
}

function enhance(field: HTMLElement): void {
  const input = field.querySelector<HTMLInputElement>('input[type="file"]');
  const template = field.querySelector<HTMLTemplateElement>("template");
  const status = field.querySelector<HTMLElement>("[data-crop-status]");
  const form = input?.form;
  if (!input || !template || !status || !form) return;

  const say = (words: string) => {
    status.textContent = words;
  };
  let stage: Stage | null = null;

  const clear = () => {
    stage?.remove();
    stage = null;
    write(form, null);
  };

  input.addEventListener("change", async () => {
    clear();
    const file = input.files?.[0];
    if (!file) return say("");
    const limit = Number(input.dataset.limitBytes ?? field.dataset.limitBytes);
    if (limit && file.size > limit) {
      input.value = "";
      const size = (file.size / 1024 / 1024).toFixed(1);
      return say(
        `This picture is ${size} MB; the limit is ${limit / 1024 / 1024} MB. Please choose a smaller one.`,
      );
    }
    say("Opening the picture…");
    const url = URL.createObjectURL(file);
    try {
      const picture = new Image();
      picture.src = url;
      await picture.decode();
      if (input.files?.[0] !== file) return URL.revokeObjectURL(url);
      stage = new Stage(template, url, (crop) => write(form, crop));
      status.after(stage.root);
      await stage.show();
      say("Move the picture with a drag, the arrow keys or the buttons. The circle is what shows.");
    } catch {
      clear();
      URL.revokeObjectURL(url);
      say(
        "This browser cannot show the picture. You can save it all the same: its middle is used.",
      );
    }
  });

  form
    .querySelector<HTMLInputElement>('[name="remove_avatar"]')
    ?.addEventListener("change", (event) => {
      if (!(event.target as HTMLInputElement).checked) return;
      input.value = "";
      clear();
      say("");
    });
}

interface Crop {
  x: number;
  y: number;
  size: number;
}

/** Fill the form's hidden fields: fractions of the upright picture, or nothing. */
function write(form: HTMLFormElement, crop: Crop | null): void {
  for (const part of ["x", "y", "size"] as const) {
    const field = form.elements.namedItem(`crop_${part}`);
    if (field instanceof HTMLInputElement) field.value = crop ? crop[part].toFixed(6) : "";
  }
}

/** The picture under its circle, with a button for every gesture. */
class Stage {
  readonly root: HTMLElement;
  private readonly image: CropperImage;
  private readonly selection: CropperSelection;
  private readonly zoom: HTMLInputElement;
  private least = 1;
  private most = 1;
  private open = false;

  constructor(
    template: HTMLTemplateElement,
    private readonly url: string,
    private readonly changed: (crop: Crop) => void,
  ) {
    const root = template.content.firstElementChild?.cloneNode(true) as HTMLElement;
    customElements.upgrade(root);
    this.root = root;
    this.image = find<CropperImage>(root, "cropper-image");
    this.selection = find<CropperSelection>(root, "cropper-selection");
    this.zoom = find<HTMLInputElement>(root, "[data-crop-zoom]");

    this.image.addEventListener("transform", (event) =>
      this.hold(event as CustomEvent<TransformDetail>),
    );
    this.zoom.addEventListener("input", () => this.zoomTo(Number(this.zoom.value)));
    root.addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? target.closest<HTMLElement>("[data-crop]") : null;
      if (button) this.act(button.dataset.crop ?? "");
    });
    find<HTMLElement>(root, "[data-crop-stage]").addEventListener("keydown", (event) => {
      const act = KEYS[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.act(act);
    });
  }

  /** Open the picture, filling the circle with its middle. */
  async show(): Promise<void> {
    this.image.setAttribute("src", this.url);
    const { naturalWidth, naturalHeight } = await this.image.$ready();
    await this.image.$nextTick();
    const shorter = Math.min(naturalWidth, naturalHeight);
    this.least = this.selection.width / shorter;
    this.most = Math.max(this.least, this.selection.width / Math.min(SMALLEST_CROP, shorter));
    this.open = true;
    this.place(this.least);
  }

  remove(): void {
    this.root.remove();
    URL.revokeObjectURL(this.url);
  }

  private act(name: string): void {
    const step = MOVES[name];
    if (step) this.image.$move(step[0] * MOVE_STEP, step[1] * MOVE_STEP);
    else if (name === "in") this.image.$zoom(ZOOM_STEP);
    else if (name === "out") this.image.$zoom(-ZOOM_STEP);
    else if (name === "reset") this.place(this.least);
  }

  /** Centre the picture under the circle at this scale. */
  private place(scale: number): void {
    const { x, y, width, height } = this.selection;
    const { offsetWidth, offsetHeight } = this.image;
    this.image.$setTransform([
      scale,
      0,
      0,
      scale,
      x + width / 2 - offsetWidth / 2,
      y + height / 2 - offsetHeight / 2,
    ]);
  }

  private zoomTo(fraction: number): void {
    const [a] = this.image.$getTransform() as TransformDetail["matrix"];
    const scale = this.least * (this.most / this.least) ** fraction;
    this.image.$scale(scale / a);
  }

  /** Keep the circle covered: a gesture that would bare it goes as far as the picture reaches. */
  private hold(event: CustomEvent<TransformDetail>): void {
    if (!this.open) return;
    const [a, b, c, d, e, f] = event.detail.matrix;
    const { x, y, width: side } = this.selection;
    const { offsetWidth: fullWidth, offsetHeight: fullHeight } = this.image;
    const scale = clamp(a, this.least, this.most);
    // The picture turns and grows about its own middle; e and f move that middle.
    const reach = (full: number, start: number, shift: number) => {
      const slack = (full - full * scale) / 2;
      return clamp(shift, start + side - full * scale - slack, start - slack);
    };
    const held: TransformDetail["matrix"] = [
      scale,
      b,
      c,
      scale,
      reach(fullWidth, x, e),
      reach(fullHeight, y, f),
    ];
    const meant = [a, b, c, d, e, f];
    if (held.some((value, index) => Math.abs(value - (meant[index] ?? 0)) > 1e-9)) {
      event.preventDefault();
      this.image.$setTransform(held);
      return;
    }
    const left = e + (fullWidth - fullWidth * scale) / 2;
    const top = f + (fullHeight - fullHeight * scale) / 2;
    const span = this.most / this.least;
    this.zoom.value = String(span > 1 ? Math.log(scale / this.least) / Math.log(span) : 0);
    this.changed({
      x: clamp((x - left) / (fullWidth * scale), 0, 1),
      y: clamp((y - top) / (fullHeight * scale), 0, 1),
      size: clamp(side / (Math.min(fullWidth, fullHeight) * scale), 0, 1),
    });
  }
}

const MOVES: Record<string, readonly [number, number]> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};

const KEYS: Record<string, string> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
  "+": "in",
  "=": "in",
  "-": "out",
  "0": "reset",
};

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, Math.min(least, most)), Math.max(least, most));
}

function find<T extends Element>(root: ParentNode, selector: string): T {
  const found = root.querySelector<T>(selector);
  if (!found) throw new Error(`The avatar template in profile_form.html lacks ${selector}`);
  return found;
}
