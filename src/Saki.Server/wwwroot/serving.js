// The slider and its number follow each other. The page reads without it.
document.addEventListener("input", event => {
  const form = event.target.form;
  if (event.target.dataset.sets) form.elements[event.target.dataset.sets].value = event.target.value;
  else if (event.target.name === "percent") form.querySelector("[data-sets]").value = event.target.value;
});
