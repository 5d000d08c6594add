// The table of runs: rows that still run are fetched again, keys move between rows, the bar counts what is ticked. The page reads without any of it.
const table = document.querySelector("table[data-rows]");
const bar = document.getElementById("compare");
const pause = 3000;

function count() {
  const ticked = document.querySelectorAll(".pick input:checked").length;
  bar.querySelector("[data-count]").textContent = `${ticked} selected`;
  bar.hidden = ticked === 0;
}

// Order never changes under the pointer: a row is replaced where it stands.
async function refresh() {
  const live = [...table.querySelectorAll("tr[data-live]")];
  if (live.length && !document.hidden) {
    const address = new URL(table.dataset.rows, location.href);
    for (const row of live) address.searchParams.append("ids", row.dataset.run);
    const reply = await fetch(address).catch(() => null);
    if (reply?.ok && !reply.redirected) replace(await reply.text());
  }
  if (table.querySelector("tr[data-live]")) setTimeout(refresh, pause);
}

function replace(html) {
  const fresh = new DOMParser().parseFromString(`<table><tbody>${html}</tbody></table>`, "text/html");
  for (const row of fresh.querySelectorAll("tr[data-run]")) {
    const old = table.querySelector(`tr[data-run="${CSS.escape(row.dataset.run)}"]`);
    if (!old) continue;
    row.querySelector(".pick input").checked = old.querySelector(".pick input").checked;
    const focused = old.contains(document.activeElement) ? document.activeElement.tagName : null;
    old.replaceWith(row);
    if (focused) row.querySelector(focused)?.focus();
  }
}

function move(by) {
  const links = [...table.querySelectorAll("tbody th a")];
  const at = links.indexOf(document.activeElement.closest("tr")?.querySelector("th a"));
  links[Math.max(0, Math.min(links.length - 1, at + by))]?.focus();
}

if (table) {
  count();
  addEventListener("change", event => event.target.closest(".pick") && count());
  addEventListener("pageshow", count);
  addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), select, textarea")) return;
    if (event.key === "j") move(1);
    if (event.key === "k") move(-1);
    if (event.key === "x") document.activeElement.closest("tr")?.querySelector(".pick input")?.click();
  });
  setTimeout(refresh, pause);
}

// What is chosen in the lists applies at once; columns wait for the button, since several are ticked in a row.
for (const list of document.querySelectorAll("form[role=search] select")) list.addEventListener("change", () => list.form.requestSubmit());
document.addEventListener("click", event => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
