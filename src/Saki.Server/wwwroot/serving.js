// Figures are fetched again every few seconds and put where they stand; the slider and its number follow each other. The page reads without any of it.
const pause = 3000;

async function refresh() {
  if (!document.hidden && !document.querySelector("[popover]:popover-open")) {
    const reply = await fetch(location.pathname).catch(() => null);
    if (reply?.ok && !reply.redirected) replace(new DOMParser().parseFromString(await reply.text(), "text/html"));
  }
  setTimeout(refresh, pause);
}

// What somebody is in with the keyboard stays as it is.
function replace(fresh) {
  for (const old of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(old.id);
    if (next && !old.contains(document.activeElement)) old.replaceWith(next);
  }
}

document.addEventListener("input", event => {
  const form = event.target.form;
  if (event.target.dataset.sets) form.elements[event.target.dataset.sets].value = event.target.value;
  else if (event.target.name === "percent") form.querySelector("[data-sets]").value = event.target.value;
});

if (document.querySelector("[data-live]")) setTimeout(refresh, pause);
