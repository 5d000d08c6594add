// Drop, paste or choose: pictures are shown at once and asked about without leaving the page. Without this file the form does the same.
const form = document.getElementById("ask");
const field = form?.elements.image;
const button = form?.querySelector(".file");
const mine = document.getElementById("mine");
const AtOnce = 3, MostTiles = 200;
let shown = null;   // the item on the mat
let waiting = [];   // items that were given and not asked about yet
let running = 0;
const items = new Map(); // tile -> item

if (form) {
  field.addEventListener("change", () => { take([...field.files]); field.value = ""; });
  form.querySelector("[data-photo]").addEventListener("change", event => { take([...event.target.files]); event.target.value = ""; });

  const page = document.documentElement;
  const holds = event => [...event.dataTransfer.types].includes("Files");
  let depth = 0;
  const stopDragging = () => { depth = 0; page.classList.remove("dragging"); };
  addEventListener("dragenter", event => { if (holds(event)) { depth++; page.classList.add("dragging"); } });
  addEventListener("dragleave", event => { if (holds(event) && --depth <= 0) stopDragging(); });
  addEventListener("dragover", event => { if (holds(event)) event.preventDefault(); });
  addEventListener("drop", event => {
    if (!holds(event)) return;
    event.preventDefault();
    stopDragging();
    take([...event.dataTransfer.files]);
  });
  addEventListener("paste", event => take([...event.clipboardData.files].filter(file => file.type.startsWith("image/"))));

  mine.addEventListener("click", event => {
    const item = items.get(event.target.closest("button"));
    if (item?.html) show(item);
  });

  const webcam = document.getElementById("webcam");
  webcam.addEventListener("click", async () => (await import(webcam.dataset.module)).toggle(webcam, file => take([file], "camera")));
}

// Feedback, why: forms that are answered in place.
document.addEventListener("submit", async event => {
  const sent = event.target;
  if (event.defaultPrevented || !sent.matches("#feedback form, form[data-why]")) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(sent, event.submitter));
  try {
    const parts = await post(sent.getAttribute("action"), body);
    if (sent.matches("[data-why]")) showWhy(sent, parts);
    else replaceFeedback(parts);
  } catch (failure) {
    say(failure.message);
  } finally {
    event.submitter?.removeAttribute("aria-busy");
  }
});

// Each picture is a request of its own: the first answer is there while the others are still under way.
function take(files, source) {
  const most = Number(form.dataset.most);
  if (files.length > most) { say(`At most ${most} pictures at once; the first ${most} are asked about.`); files = files.slice(0, most); }
  if (!files.length) return;
  const added = files.map(file => ({ file, source, url: null, html: null }));
  for (const item of added) addTile(item);
  mine.hidden = items.size < 2;
  shown = null; // what was given last is shown first
  waiting.push(...added);
  next();
}

function next() {
  while (running < AtOnce && waiting.length) {
    running++;
    ask(waiting.shift()).finally(() => { running--; next(); });
  }
  if (running) button.setAttribute("aria-busy", "true"); else button.removeAttribute("aria-busy");
}

async function ask(item) {
  try {
    const body = new FormData();
    body.append("image", item.file, item.file.name);
    const headers = { "Saki-Fragment": "1" };
    if (item.source) headers["Saki-Source"] = item.source;
    const reply = await fetch("/", { method: "POST", body, headers });
    if (!reply.headers.get("content-type")?.startsWith("text/html")) throw new Error((await reply.json()).error.message);
    item.html = await reply.text();
  } catch (failure) {
    item.html = null;
    label(item, "failed");
    if (!shown) say(failure instanceof TypeError ? "The server did not answer. Start it again with: saki up" : failure.message);
    return;
  }
  const verdict = parse(item.html).querySelector("[data-into=answer]").content.querySelector(".verdict");
  label(item, verdict ? verdict.textContent.trim() : "not read");
  if (!shown) await show(item);
}

const parse = html => new DOMParser().parseFromString(html, "text/html");

function addTile(item) {
  const tile = document.createElement("button");
  tile.type = "button";
  tile.className = "tile";
  const image = document.createElement("img");
  item.url = URL.createObjectURL(item.file);
  image.src = item.url;
  image.alt = "";
  const caption = document.createElement("span");
  caption.className = "caption";
  caption.textContent = "…";
  tile.append(image, caption);
  item.tile = tile;
  items.set(tile, item);
  mine.prepend(tile);
  while (items.size > MostTiles) drop(mine.lastElementChild);
}

function drop(tile) {
  URL.revokeObjectURL(items.get(tile).url);
  items.delete(tile);
  tile.remove();
}

function label(item, text) {
  item.tile.lastElementChild.textContent = text;
  item.tile.title = `${item.file.name}: ${text}`;
  item.tile.setAttribute("aria-label", `${item.file.name}: ${text}`);
}

// The new picture is decoded before it is put in place, so that nothing jumps.
async function show(item) {
  shown = item;
  const parts = parse(item.html);
  const stage = parts.querySelector("[data-into=stage]").content;
  const answer = parts.querySelector("[data-into=answer]").content;
  const image = stage.querySelector("img");
  if (image) {
    image.src = item.url;
    await image.decode().catch(() => {});
    if (shown !== item) return;
  }
  document.getElementById("stage").replaceChildren(stage);
  // The live region stays in the page and only its content changes: that is what screen readers announce.
  const verdict = document.getElementById("verdict");
  const next = answer.getElementById("verdict");
  verdict.replaceChildren(...next.childNodes);
  next.remove();
  while (verdict.nextSibling) verdict.nextSibling.remove();
  verdict.after(answer);
  const code = parts.querySelector("[data-into=code]")?.content;
  if (code) for (const block of code.querySelectorAll("pre")) {
    const old = document.querySelector(`.api .${block.parentElement.classList[1]} pre`);
    if (old) old.textContent = block.textContent;
  }
  for (const tile of items.keys()) tile.toggleAttribute("aria-current", tile === item.tile);
  item.tile.setAttribute("aria-current", "true");
  document.querySelector(".samples [aria-current]")?.removeAttribute("aria-current");
}

async function post(address, body) {
  let reply;
  try { reply = await fetch(address, { method: "POST", body, headers: { "Saki-Fragment": "1" } }); }
  catch { throw new Error("The server did not answer. Start it again with: saki up"); }
  if (!reply.headers.get("content-type")?.startsWith("text/html")) throw new Error((await reply.json()).error.message);
  return parse(await reply.text());
}

function replaceFeedback(parts) {
  const fresh = parts.getElementById("feedback");
  const old = document.getElementById("feedback");
  if (!fresh || !old) return;
  old.replaceWith(fresh);
  fresh.tabIndex = -1;
  fresh.focus({ preventScroll: true });
}

function showWhy(sent, parts) {
  const map = parts.getElementById("why");
  const text = sent.querySelector("[data-why-text]");
  document.getElementById("why")?.remove();
  if (map) document.querySelector("#stage .shot").append(document.adoptNode(map));
  text.textContent = map ? map.dataset.text : parts.querySelector(".error")?.textContent.trim() ?? "";
}

function say(text) {
  const note = document.createElement("p");
  note.className = "note bad";
  note.textContent = text;
  document.getElementById("verdict").replaceChildren(note);
}
