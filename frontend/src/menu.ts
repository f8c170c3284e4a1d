import { all } from "./dom";

/** Let an open menu close as menus do: with Escape, by a click elsewhere, when focus leaves. */
export function closeMenus(): void {
  for (const menu of all<HTMLDetailsElement>("details[data-menu]")) {
    document.addEventListener("click", (event) => {
      if (!menu.contains(event.target as Node)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.open) {
        menu.open = false;
        menu.querySelector("summary")?.focus();
      }
    });
    menu.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget instanceof Node && !menu.contains(relatedTarget)) menu.open = false;
    });
  }
}
