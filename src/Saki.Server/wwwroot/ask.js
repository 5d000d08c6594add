// The last question comes back with ↑, as in a terminal.
const field = document.querySelector("#ask-form input[name=question]");
const Kept = "saki-asked";

field?.addEventListener("keydown", event => {
  if (event.key !== "ArrowUp" || field.value) return;
  field.value = sessionStorage.getItem(Kept) ?? "";
  event.preventDefault();
});
field?.form.addEventListener("submit", () => sessionStorage.setItem(Kept, field.value));
