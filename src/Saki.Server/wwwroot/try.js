// Drop, paste or choose: the picture is shown at once and asked about without leaving the page. Without this file the form does the same.
const form = document.getElementById("ask");
const field = form?.elements.image;
const button = form?.querySelector(".file");
let shown = null;  // object URL of the picture on the mat
let asking = null; // a newer picture stops the older question

if (form) {
  field.addEventListener("change", () => ask(field.files[0]));

  const page = document.documentElement;
  const holds = event => [...event.dataTransfer.types].includes("Files");
  let depth = 0;
  addEventListener("dragenter", event => { if (holds(event)) { depth++; page.classList.add("dragging"); } });
  addEventListener("dragleave", event => { if (holds(event) && --depth <= 0) stopDragging(); });
  addEventListener("dragover", event => { if (holds(event)) event.preventDefault(); });
  addEventListener("drop", event => {
    if (!holds(event)) return;
    event.preventDefault();
    stopDragging();
    ask(event.dataTransfer.files[0]);
  });
  addEventListener("paste", event => {
    const file = [...event.clipboardData.files].find(file => file.type.startsWith("image/"));
    if (file) ask(file);
  });

  function stopDragging() { depth = 0; page.classList.remove("dragging"); }
}

async function ask(file) {
  if (!file) return;
  asking?.abort();
  const mine = asking = new AbortController();
  button.setAttribute("aria-busy", "true");
  try {
    const body = new FormData();
    body.append("image", file, file.name);
    const reply = await fetch("/", { method: "POST", body, headers: { "Saki-Fragment": "1" }, signal: mine.signal });
    if (reply.headers.get("content-type")?.startsWith("text/html")) await show(await reply.text(), file);
    else say((await reply.json()).error.message);
  } catch (failure) {
    if (failure.name !== "AbortError") say("The server did not answer. Start it again with: saki up");
  } finally {
    if (asking === mine) button.removeAttribute("aria-busy");
    field.value = "";
  }
}

// The new picture is decoded before it is put in place, so that nothing jumps.
async function show(html, file) {
  const parts = new DOMParser().parseFromString(html, "text/html");
  const stage = parts.querySelector("[data-into=stage]").content;
  const answer = parts.querySelector("[data-into=answer]").content;
  const image = stage.querySelector("img");
  const old = shown;
  shown = null;
  if (image) {
    shown = URL.createObjectURL(file);
    image.src = shown;
    await image.decode().catch(() => {});
  }
  document.getElementById("stage").replaceChildren(stage);
  // The live region stays in the page and only its content changes: that is what screen readers announce.
  const verdict = document.getElementById("verdict");
  const next = answer.getElementById("verdict");
  verdict.replaceChildren(...next.childNodes);
  next.remove();
  while (verdict.nextSibling) verdict.nextSibling.remove();
  verdict.after(answer);
  document.querySelector(".samples [aria-current]")?.removeAttribute("aria-current");
  if (old) URL.revokeObjectURL(old);
}

function say(text) {
  const note = document.createElement("p");
  note.className = "note bad";
  note.textContent = text;
  document.getElementById("verdict").replaceChildren(note);
}
