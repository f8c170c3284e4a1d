import { guardForms } from "./forms";
import { closeMenus } from "./menu";

closeMenus();
guardForms();

if (document.querySelector("[data-avatar-crop]")) {
  void import("./avatar-crop").then(({ cropAvatars }) => cropAvatars());
}
if (document.querySelector("[data-upload]")) {
  void import("./upload").then(({ enhanceUploads }) => enhanceUploads());
}
