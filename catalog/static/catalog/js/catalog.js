/**
 * The catalog's own script: a plain module, no build.
 *
 * - Left and right step to the neighbouring print.
 * - Where the browser has view transitions between pages, the print that was chosen on the wall
 *   is the one that grows into the page, and goes back to its place.
 */

const neighbours = document.querySelector("[data-neighbours]");
if (neighbours) {
  document.addEventListener("keydown", (event) => {
    if (
      event.defaultPrevented ||
      event.altKey ||
      event.ctrlKey ||
      event.metaKey ||
      event.shiftKey
    ) {
      return;
    }
    if (event.target.closest?.("input, textarea, select, summary, [contenteditable]")) return;
    const way = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    if (way) neighbours.querySelector(`a[rel="${way}"]`)?.click();
  });
}

/** Mark the piece on this wall that shows `url`, so that CSS names it for the transition. */
function step(url) {
  for (const piece of document.querySelectorAll("[data-piece]")) {
    if (url && piece.href === url) {
      piece.dataset.stepping = "";
      return piece;
    }
  }
  return null;
}

window.addEventListener("pageswap", ({ viewTransition, activation }) => {
  if (viewTransition) step(activation?.entry?.url);
});

window.addEventListener("pagereveal", async ({ viewTransition }) => {
  if (!viewTransition || document.querySelector("[data-shown]")) return;
  const piece = step(window.navigation?.activation?.from?.url);
  if (!piece) return;
  try {
    await viewTransition.finished;
  } finally {
    delete piece.dataset.stepping;
  }
});

window.addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  for (const piece of document.querySelectorAll("[data-stepping]")) delete piece.dataset.stepping;
});
