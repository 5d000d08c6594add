// Theme switch, copying and keys, on every page. Everything else is plain links and forms.
const root = document.documentElement;

// Links that MLflow's client prints lead into its own page (/#/experiments/1/runs/ID); the same things have addresses here.
const printed = location.hash.match(/^#(\/experiments\/\d+(?:\/runs\/[0-9a-f]{32})?|\/models\/[^/?]+)/);
if (printed) location.replace(printed[1]);

const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

document.addEventListener("submit", event => {
  if (!event.target.matches("[data-theme-switch]")) return;
  event.preventDefault();
  root.dataset.theme = dark() ? "light" : "dark";
  fetch(`/theme?to=${root.dataset.theme}`, { method: "POST", redirect: "manual" });
});

document.addEventListener("click", async event => {
  const copier = event.target.closest("[data-copy]");
  if (!copier) return;
  const label = copier.getAttribute("aria-label");
  try {
    await navigator.clipboard.writeText(copier.dataset.copy || copier.parentElement.querySelector("pre").textContent);
    copier.querySelector("use").setAttribute("href", copier.querySelector("use").getAttribute("href").replace("#copy", "#check"));
    copier.setAttribute("aria-label", "Copied");
  } catch {
    copier.setAttribute("aria-label", "Copying was refused by the browser");
  }
  setTimeout(() => {
    copier.setAttribute("aria-label", label);
    copier.querySelector("use").setAttribute("href", copier.querySelector("use").getAttribute("href").replace("#check", "#copy"));
  }, 2000);
});

// G and a letter go to a page. Before all other keys, so that no page takes the letter for its own.
const typing = target => target.closest("input:not([type=file], [type=radio]), textarea, select, [contenteditable]");
const held = event => event.ctrlKey || event.metaKey || event.altKey || event.repeat;
const off = () => root.dataset.keys === "off";
let going = 0;

document.addEventListener("keydown", event => {
  if (off() || held(event) || typing(event.target) || document.querySelector("dialog[open]")) { going = 0; return; }
  const page = Date.now() - going < 3000 && document.querySelector(`[data-go="${CSS.escape(event.key.toLowerCase())}"]`);
  going = event.key === "g" && !page ? Date.now() : 0;
  if (!page) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  page.click();
}, true);

// One key presses the control that shows it: <button data-key="u">. Never while someone types.
document.addEventListener("keydown", event => {
  if (held(event) || typing(event.target) || document.querySelector("dialog[open]") || (off() && event.key !== "?")) return;
  const control = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!control) return;
  event.preventDefault();
  if (control.matches("input:not([type=file])")) control.focus();
  else control.click();
});

// Parts that go on by themselves ([data-live] with an id) are fetched again every few seconds and put where they stand; what somebody is in stays as it is. Logs follow themselves.
const isBusy = part => part.contains(document.activeElement) || part.querySelector("details[open]");
const liveParts = () => [...document.querySelectorAll("[data-live][id]:not([role=log])")];

async function refreshLive() {
  if (!document.hidden && !document.querySelector("[popover]:popover-open")) {
    const reply = await fetch(location.href).catch(() => null);
    if (reply?.ok && !reply.redirected) {
      const fresh = new DOMParser().parseFromString(await reply.text(), "text/html");
      for (const old of liveParts()) {
        const next = fresh.getElementById(old.id);
        if (next && next.outerHTML !== old.outerHTML && !isBusy(old)) old.replaceWith(next);
      }
    }
  }
  if (liveParts().length > 0) setTimeout(refreshLive, 3000);
}

if (liveParts().length > 0) setTimeout(refreshLive, 3000);

// What a form changes is asked for once: its button shows that the answer is under way, and another click meanwhile sends nothing.
document.addEventListener("submit", event => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
  if ([...form.elements].some(control => control.ariaBusy === "true")) { event.preventDefault(); return; }
  (event.submitter ?? form.querySelector("button"))?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => document.querySelectorAll("button[aria-busy]").forEach(button => button.removeAttribute("aria-busy")));

// Forms whose answer has its place on the page: <form data-into="id">.
document.addEventListener("submit", async event => {
  const form = event.target, place = document.getElementById(form.dataset.into ?? "");
  if (!place || event.defaultPrevented) return;
  event.preventDefault();
  const button = event.submitter ?? form.querySelector("button");
  try {
    const plain = form.enctype !== "multipart/form-data";
    const fields = new FormData(form, event.submitter);
    const reply = await fetch(form.getAttribute("action"), { method: "POST", body: plain ? new URLSearchParams(fields) : fields, headers: { "Saki-Fragment": "1" } });
    if (!reply.headers.get("content-type")?.startsWith("text/html")) throw new Error((await reply.json()).error.message);
    place.replaceChildren(...new DOMParser().parseFromString(await reply.text(), "text/html").body.childNodes);
  } catch (failure) {
    const note = document.createElement("p");
    note.className = "note bad";
    note.setAttribute("role", "alert");
    note.textContent = failure instanceof TypeError ? "The server did not answer. Start it again with: saki up" : failure.message;
    place.replaceChildren(note);
  } finally {
    button.removeAttribute("aria-busy");
  }
});

// Find or do: loaded when it is opened for the first time.
const palette = document.getElementById("palette");
const openPalette = async () => (await import(palette.dataset.module)).open(palette);
if (palette) {
  document.addEventListener("click", event => { if (event.target.closest("[data-palette]")) openPalette(); });
  document.addEventListener("keydown", event => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    if (palette.open) palette.close(); else openPalette();
  });
}
