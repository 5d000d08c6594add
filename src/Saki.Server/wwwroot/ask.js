// The last question comes back with ↑, as in a terminal.
const field = document.querySelector("#ask-form input[name=question]");
const Kept = "saki-asked";

field?.addEventListener("keydown", event => {
  if (event.key !== "ArrowUp" || field.value) return;
  field.value = sessionStorage.getItem(Kept) ?? "";
  event.preventDefault();
});
field?.form.addEventListener("submit", () => sessionStorage.setItem(Kept, field.value));

// The button says which picture goes along.
const picture = field?.form.elements.picture, chosen = field?.form.querySelector("[data-chosen]");
const usual = chosen?.textContent;
picture?.addEventListener("change", () => { chosen.textContent = picture.files[0]?.name ?? usual; });
