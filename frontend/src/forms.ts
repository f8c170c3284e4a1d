import { all } from "./dom";

/** A form is sent once; its button says so while the answer is on its way. */
export function guardForms(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method !== "post") return;
    if (form.dataset.sent !== undefined) {
      event.preventDefault();
      return;
    }
    if (event.defaultPrevented) return;
    form.dataset.sent = "";
    event.submitter?.setAttribute("aria-busy", "true");
  });

  // A page that comes back from the browser's cache is ready to be sent again.
  window.addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    for (const form of all<HTMLFormElement>("form[data-sent]")) {
      delete form.dataset.sent;
      form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
    }
  });

  document.querySelector<HTMLElement>('form [aria-invalid="true"]')?.focus();
}
