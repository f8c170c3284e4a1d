// In the admin: show the chosen picture before it is sent. What is shown is the file as it lies on
// the editor's disk; the server still judges and redraws it.

for (const output of document.querySelectorAll("[data-picture-preview]")) {
  const input = document.getElementById(output.htmlFor.value);
  const stored = [...output.childNodes];
  let shown = "";

  input?.addEventListener("change", () => {
    URL.revokeObjectURL(shown);
    const [file] = input.files;
    if (!file) {
      output.replaceChildren(...stored);
      return;
    }
    shown = URL.createObjectURL(file);
    const picture = new Image();
    picture.className = "catalog-preview";
    picture.alt = `Preview of ${file.name}`;
    picture.src = shown;
    picture.addEventListener("error", () => {
      output.textContent = "This browser cannot show that file; the server will say what it is.";
    });
    output.replaceChildren(picture);
  });
}
