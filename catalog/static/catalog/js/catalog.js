/**
 * The catalog's own script: a plain module, no build.
 *
 * - Left and right step to the neighbouring print.
 * - Where the browser has view transitions between pages, the print that was chosen on the wall
 *   grows into its own page, and goes back to its place.
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
function mark(url) {
  const pieces = Array.from(document.querySelectorAll("[data-piece]"));
  const piece = pieces.find(({ href }) => href === url);
  if (piece) piece.dataset.stepping = "";
  return piece;
}

/** Tell whether `url` is where this print hangs: the list or the entrance, above it in the path. */
function isWallOf(url) {
  return (
    Boolean(document.querySelector("[data-shown]")) && location.pathname.startsWith(url.pathname)
  );
}

// Leaving. Only two pages that share a print are joined; every other step is a plain cut.
window.addEventListener("pageswap", ({ viewTransition, activation }) => {
  const url = activation?.entry?.url;
  if (!viewTransition || !url) return;
  if (!mark(url) && !isWallOf(new URL(url))) viewTransition.skipTransition();
});

// Arriving on a wall from one of its prints.
window.addEventListener("pagereveal", async ({ viewTransition }) => {
  const from = window.navigation?.activation?.from?.url;
  if (!viewTransition || !from || document.querySelector("[data-shown]")) return;
  const piece = mark(from);
  if (!piece) return;
  await viewTransition.finished;
  delete piece.dataset.stepping;
});

window.addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  for (const piece of document.querySelectorAll("[data-stepping]")) delete piece.dataset.stepping;
});
