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
  const live = [...table.querySelectorAll("tr[data-live]")].filter(row => !row.querySelector("td input.input"));
  if (live.length && !document.hidden) await load(live);
  if (table.querySelector("tr[data-live]")) setTimeout(refresh, pause);
}

async function load(rows) {
  const address = new URL(table.dataset.rows, location.href);
  for (const row of rows) address.searchParams.append("ids", row.dataset.run);
  const reply = await fetch(address).catch(() => null);
  if (reply?.ok && !reply.redirected) replace(await reply.text());
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

// New runs are told of, not put in: what is read stays where it is until one asks for them.
async function tell(chip) {
  if (!document.hidden) {
    const reply = await fetch(chip.dataset.new).catch(() => null);
    const count = reply?.ok && !reply.redirected ? Number(await reply.text()) : 0;
    if (count > 0) {
      chip.firstElementChild.textContent = count === 1 ? "1 new run" : `${count.toLocaleString("en")} new runs`;
      chip.hidden = false;
    }
  }
  setTimeout(tell, pause, chip);
}

function move(by) {
  const links = [...table.querySelectorAll("tbody th a")];
  const at = links.indexOf(document.activeElement.closest("tr")?.querySelector("th a"));
  links[Math.max(0, Math.min(links.length - 1, at + by))]?.focus();
}

// Widths of columns are this browser's own. They are rules of a sheet, since the page allows no style attributes.
const sheet = new CSSStyleSheet();
document.adoptedStyleSheets.push(sheet);
const least = 48;
let widths = {};
try { widths = JSON.parse(localStorage.getItem("saki-widths")) ?? {}; } catch { /* storage is switched off */ }

function lay() {
  const rules = [...table.querySelectorAll("thead th")].map((head, i) => {
    const width = widths[head.dataset.col];
    if (!Number.isFinite(width)) return "";
    const cells = `table[data-rows] tr > :nth-child(${i + 1})`;
    return `${cells} { min-width: ${width}px; max-width: ${width}px; overflow: hidden; } ${cells} > :is(a, .cell, .name) { max-width: 100%; }`;
  });
  // Columns keep what they were given only in a table that is as wide as they are.
  if (rules.some(rule => rule)) rules.push("table[data-rows] { width: auto; }");
  sheet.replaceSync(rules.join("\n"));
}

function widen(head, width) {
  widths[head.dataset.col] = Math.max(least, Math.round(width));
  lay();
}

function keep() {
  try { localStorage.setItem("saki-widths", JSON.stringify(widths)); } catch { /* storage is switched off */ }
}

function grips() {
  for (const head of table.querySelectorAll("thead th[data-col]")) {
    const grip = document.createElement("span");
    grip.className = "grip";
    head.append(grip);
    grip.addEventListener("pointerdown", event => {
      event.preventDefault();
      grip.setPointerCapture(event.pointerId);
      const [start, width] = [event.clientX, head.getBoundingClientRect().width];
      const move = moved => widen(head, width + moved.clientX - start);
      grip.addEventListener("pointermove", move);
      grip.addEventListener("pointerup", () => { grip.removeEventListener("pointermove", move); keep(); }, { once: true });
    });
    grip.addEventListener("dblclick", () => { delete widths[head.dataset.col]; lay(); keep(); });
    head.querySelector("a").addEventListener("keydown", event => {
      const by = { ArrowLeft: -16, ArrowRight: 16 }[event.key];
      if (!event.altKey || !by) return;
      event.preventDefault();
      widen(head, head.getBoundingClientRect().width + by);
      keep();
    });
  }
}

// A tag becomes a field where it stands; Enter keeps it, Escape leaves it.
function edit(cell) {
  if (cell.querySelector("input")) return;
  const [shown, button] = [cell.querySelector("bdi"), cell.querySelector(".edit")];
  const field = document.createElement("input");
  field.className = "input";
  field.value = shown.textContent;
  field.setAttribute("aria-label", button.getAttribute("aria-label"));
  shown.hidden = button.hidden = true;
  cell.append(field);
  field.select();
  let open = true;
  const close = () => {
    if (!open) return; // taking the field away takes its focus away, which ends here again
    open = false;
    field.remove();
    shown.hidden = button.hidden = false;
    button.focus();
  };
  field.addEventListener("keydown", async event => {
    if (event.key === "Escape") close();
    if (event.key !== "Enter") return;
    const [row, key] = [cell.closest("tr"), cell.dataset.tag];
    const body = new URLSearchParams(field.value === "" ? { key, drop: "true" } : { key, value: field.value });
    const reply = await fetch(`/runs/${row.dataset.run}/tag`, { method: "POST", body, redirect: "manual" }).catch(() => null);
    if (!reply || (reply.type !== "opaqueredirect" && !reply.ok)) { field.setAttribute("aria-invalid", "true"); return; }
    const [value, run] = [field.value, row.dataset.run];
    shown.textContent = shown.title = value;
    close();
    await load([row]);
    table.querySelector(`tr[data-run="${CSS.escape(run)}"] [data-tag="${CSS.escape(key)}"] .edit`)?.focus();
  });
  field.addEventListener("blur", close);
}

if (table) {
  grips();
  lay();
  table.addEventListener("click", event => event.target.closest(".edit") && edit(event.target.closest("td")));
  table.addEventListener("dblclick", event => event.target.closest("td[data-tag]") && edit(event.target.closest("td")));
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

const fresh = document.getElementById("fresh");
if (fresh) setTimeout(tell, pause, fresh);

// What is chosen in the lists applies at once; columns wait for the button, since several are ticked in a row.
for (const list of document.querySelectorAll("form[role=search] select")) list.addEventListener("change", () => list.form.requestSubmit());
document.addEventListener("click", event => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
