// Find or do. A dialog of the browser's own, which keeps the focus inside and closes by Escape; the field keeps the focus and names the chosen entry (WAI-ARIA combobox).
const Kept = "saki-recent", MostRecent = 6, Wait = 120;
let dialog, field, list, count, fixed = [], asked = 0, timer = 0, wasAt = null;

export function open(palette) {
  if (dialog !== palette) prepare(palette);
  wasAt = document.activeElement;
  fixed = [...keysOfPage(), ...palette.entries];
  field.value = "";
  show();
  dialog.showModal();
  field.focus();
}

function prepare(palette) {
  dialog = palette;
  field = palette.querySelector("input");
  list = palette.querySelector("ul");
  count = palette.querySelector("[role=status]");
  palette.entries = [...list.children];
  field.addEventListener("input", () => { show(); clearTimeout(timer); timer = setTimeout(find, Wait); });
  field.addEventListener("keydown", onKey);
  list.addEventListener("pointermove", event => choose(event.target.closest("li")));
  list.addEventListener("click", event => go(event.target.closest("li")));
  palette.addEventListener("click", event => { if (event.target === palette) palette.close(); });
  palette.addEventListener("close", () => wasAt?.focus?.({ preventScroll: true }));
}

// What this page can do: its controls that have a key of their own.
function keysOfPage() {
  return [...document.querySelectorAll("main [data-key]")].filter(control => control.checkVisibility?.() ?? true).slice(0, 30).flatMap((control, index) => {
    const name = (control.getAttribute("aria-label") || control.title || control.textContent).replace(/\s+/g, " ").trim();
    return name ? [entry({ id: `here-${index}`, text: name, detail: "on this page", icon: "right", key: control.dataset.key.toUpperCase(), press: control })] : [];
  });
}

function entry({ id, text, detail, icon, key, href, press }) {
  const item = document.createElement("li");
  item.role = "option";
  item.id = `palette-${id}`;
  item.dataset.words = text;
  if (href) item.dataset.href = href;
  if (press) item.control = press;
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "svg"), use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  shape.setAttribute("class", "icon");
  shape.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${dialog.dataset.icons}#${icon}`);
  shape.append(use);
  item.append(shape, span(text), span(detail ?? "", "dim"));
  if (key) item.append(Object.assign(document.createElement("kbd"), { textContent: key }));
  return item;
}

const span = (text, name = "") => Object.assign(document.createElement("span"), { textContent: text, className: name });

const words = () => field.value.toLowerCase().split(/\s+/).filter(Boolean);

function fits(item, asked) {
  const text = item.dataset.words.toLowerCase();
  return asked.every(word => text.includes(word));
}

// The recent ones first while nothing is typed; then what is here, then what the server finds.
function show(found = []) {
  const typed = words();
  const recent = typed.length ? [] : read().map((seen, index) => entry({ ...seen, id: `recent-${index}`, detail: "recent" }));
  const seen = new Set(recent.map(item => item.dataset.href));
  const known = fixed.filter(item => fits(item, typed) && !seen.has(item.dataset.href));
  list.replaceChildren(...recent, ...known, ...found);
  choose(list.firstElementChild);
  count.textContent = list.children.length ? `${list.children.length} found` : "Nothing is called that";
}

async function find() {
  const text = field.value.trim(), number = ++asked;
  if (!dialog.dataset.find || text.length < 2) return;
  const reply = await fetch(`${dialog.dataset.find}?q=${encodeURIComponent(text)}`).catch(() => null);
  if (number !== asked || !reply?.ok || reply.redirected) return;
  const chosen = list.querySelector("[aria-selected=true]")?.id;
  show((await reply.json()).map((one, index) => entry({ ...one, id: `found-${index}` })));
  choose(document.getElementById(chosen) ?? list.firstElementChild);
}

function choose(item) {
  for (const other of list.querySelectorAll("[aria-selected=true]")) if (other !== item) other.setAttribute("aria-selected", "false");
  if (!item) { field.removeAttribute("aria-activedescendant"); return; }
  item.setAttribute("aria-selected", "true");
  field.setAttribute("aria-activedescendant", item.id);
}

function onKey(event) {
  const items = [...list.children], at = items.findIndex(item => item.getAttribute("aria-selected") === "true");
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 8, PageUp: at - 8 }[event.key];
  if (to !== undefined && items.length) {
    event.preventDefault();
    const next = event.key.startsWith("Arrow") ? (to + items.length) % items.length : Math.max(0, Math.min(items.length - 1, to));
    choose(items[next]);
    items[next].scrollIntoView({ block: "nearest" });
  } else if (event.key === "Enter") {
    event.preventDefault();
    go(items[at]);
  } else if (event.key === "Tab") {
    event.preventDefault(); // there is nothing else in the dialog to go to
  }
}

function go(item) {
  if (!item) return;
  const control = item.control ?? (item.dataset.press && document.querySelector(`[data-key="${CSS.escape(item.dataset.press)}"]`));
  dialog.close();
  if (control) {
    if (control.matches("input, textarea")) control.focus(); else control.click();
  } else if (item.dataset.href) {
    keep({ href: item.dataset.href, text: item.children[1].textContent, icon: item.querySelector("use").getAttribute("href").split("#")[1] });
    location.href = item.dataset.href;
  }
}

function read() {
  try { return JSON.parse(localStorage.getItem(Kept) ?? "[]").filter(seen => typeof seen.href === "string" && seen.href.startsWith("/") && !seen.href.startsWith("//") && seen.href !== location.pathname); }
  catch { return []; }
}

function keep(seen) {
  try { localStorage.setItem(Kept, JSON.stringify([seen, ...read().filter(other => other.href !== seen.href)].slice(0, MostRecent))); }
  catch { /* a browser that keeps nothing */ }
}
