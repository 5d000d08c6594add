// One key, one label: the desk is swapped with every answer, and the pictures that follow are loaded already. The page works without any of it.
const place = document.getElementById("label");
const hidden = "saki-label-guesses";
let shown = performance.now(), busy = false;

function prepare() {
  shown = performance.now();
  if (localStorage.getItem(hidden) !== "off") return;
  place.querySelector(".keys")?.classList.add("plain");
  place.querySelector("[data-guesses]")?.setAttribute("aria-pressed", "true");
}

// Keys that are pressed before the next picture is there were not meant for it.
async function send(form, button) {
  if (busy) return;
  busy = true;
  const body = new URLSearchParams(new FormData(form, button));
  if (body.has("took")) body.set("took", Math.round(performance.now() - shown));
  place.setAttribute("aria-busy", "true");
  try {
    const reply = await fetch(button?.formAction ?? form.action, { method: "POST", body, headers: { "Saki-Fragment": "1" } });
    const type = reply.headers.get("Content-Type") ?? "";
    if (reply.redirected || !type.startsWith("text/html")) return location.reload();
    place.innerHTML = await reply.text();
    prepare();
  } catch {
    tell("The server cannot be reached. Nothing was lost: your last answer has not been kept, give it again.");
  } finally {
    busy = false;
    place.removeAttribute("aria-busy");
  }
}

function tell(text) {
  const note = document.createElement("p");
  note.className = "note bad";
  note.setAttribute("role", "alert");
  note.textContent = text;
  place.querySelector("[data-told]")?.remove();
  note.dataset.told = "";
  place.querySelector("progress").after(note);
}

if (place) {
  prepare();
  place.addEventListener("submit", event => {
    event.preventDefault();
    send(event.target, event.submitter);
  });
  place.addEventListener("click", event => {
    const zoom = event.target.closest("[data-zoom]"), guesses = event.target.closest("[data-guesses]");
    if (zoom) zoom.setAttribute("aria-pressed", String(zoom.closest(".stage").classList.toggle("zoomed")));
    if (!guesses) return;
    const off = place.querySelector(".keys").classList.toggle("plain");
    guesses.setAttribute("aria-pressed", String(off));
    localStorage.setItem(hidden, off ? "off" : "on");
  });
}

// A list with a queue that is being made looks again by itself.
if (document.querySelector("[data-reload]")) setTimeout(() => location.reload(), 2000);
