// The guided capture of /calibrate: a countdown for each class, then frames until the server has taken enough different ones. Without it the page takes zips.
const desk = document.getElementById("desk");
const video = document.getElementById("video");
const note = document.getElementById("note");
const cue = document.getElementById("cue");
const progress = document.getElementById("progress");
const camera = document.getElementById("camera");
const all = document.getElementById("all");
const stopper = document.getElementById("stop");
const cameras = document.getElementById("cameras");
const wanted = Number(desk.dataset.wanted);
const items = [...document.querySelectorAll("[data-class]")];
const Longest = 640, Countdown = 3, Patience = 60_000; // pixels, seconds, milliseconds for a class
const wait = milliseconds => new Promise(done => setTimeout(done, milliseconds));
const canvas = document.createElement("canvas");
let stream = null, taking = null; // taking: what runs now; another value makes it stop

function tell(text) {
  note.textContent = text;
  note.hidden = !text;
}

async function open(id) {
  if (!navigator.mediaDevices?.getUserMedia) {
    tell("This browser gives the camera only to pages over https or on this machine. Use a zip instead.");
    return;
  }
  tell("Allow the camera to begin.");
  try {
    close();
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 }, height: { ideal: 720 }, ...(id ? { deviceId: { exact: id } } : { facingMode: "user" }) }, audio: false });
    video.srcObject = stream;
    await video.play();
    tell("");
    camera.setAttribute("aria-pressed", "true");
    const found = (await navigator.mediaDevices.enumerateDevices()).filter(device => device.kind === "videoinput");
    const select = cameras.querySelector("select");
    cameras.hidden = found.length < 2;
    select.replaceChildren(...found.map((device, i) => new Option(device.label || `Camera ${i + 1}`, device.deviceId, false, device.deviceId === stream.getVideoTracks()[0].getSettings().deviceId)));
    select.onchange = () => open(select.value);
  } catch (failure) {
    tell({
      NotAllowedError: "The camera is not allowed for this page. Allow it in the browser’s address bar, or use a zip.",
      NotFoundError: "There is no camera here. Use a zip instead.",
      NotReadableError: "Another program uses the camera. Close it, then switch the camera on again.",
    }[failure.name] ?? "The camera does not start. Use a zip instead.");
  }
  enable();
}

function close() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  video.srcObject = null;
  camera.setAttribute("aria-pressed", "false");
}

function enable() {
  const may = stream !== null && taking === null;
  all.disabled = !may;
  for (const item of items) item.querySelector("[data-take]").disabled = !may;
  stopper.hidden = taking === null;
}

// A frame as JPEG, no larger than the model can use.
function frame() {
  const scale = Math.min(1, Longest / Math.max(video.videoWidth, video.videoHeight));
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise(done => canvas.toBlob(done, "image/jpeg", 0.92));
}

async function post(address, body, type) {
  const reply = await fetch(address, { method: "POST", body, headers: { Accept: "application/json", ...(type ? { "Content-Type": type } : {}) }, redirect: "manual" });
  if (reply.ok) return reply.json();
  const error = await reply.json().catch(() => null);
  throw new Error(error?.error?.message ?? "The server does not answer. Reload the page.");
}

function show(item, count, blob) {
  item.querySelector("[data-count]").textContent = count;
  item.querySelector("[data-take] span").textContent = count === 0 ? "Take" : "Take again";
  item.querySelector("[data-clear]").hidden = count === 0;
  const tiles = item.querySelector("[data-tiles]");
  if (!blob) tiles.replaceChildren();
  else {
    const tile = document.createElement("span"), image = new Image(48, 48);
    tile.className = "tile";
    image.src = URL.createObjectURL(blob);
    image.onload = () => URL.revokeObjectURL(image.src);
    image.alt = `${item.dataset.class}, picture ${count}`;
    tile.append(image);
    tiles.append(tile);
  }
  const counts = items.map(other => Number(other.querySelector("[data-count]").textContent));
  const total = document.getElementById("total"), taken = counts.reduce((sum, one) => sum + one, 0), least = Number(total.textContent.match(/\d+$/)[0]);
  total.textContent = `${taken} ${taken === 1 ? "picture" : "pictures"}, at least ${least}`;
  const enough = taken >= least && counts.filter(one => one > 0).length >= 2;
  document.getElementById("save").disabled = !enough;
  document.getElementById("short").textContent = enough ? "" : `At least ${least} pictures of two classes are needed.`;
}

// A class: its pictures go, a countdown, then frames until enough were taken.
async function take(item, mine) {
  const label = item.dataset.class;
  if (Number(item.querySelector("[data-count]").textContent) > 0) {
    await fetch("/calibrate/remove", { method: "POST", body: new URLSearchParams({ class: label }), redirect: "manual" });
    show(item, 0, null);
  }
  item.scrollIntoView({ block: "nearest" });
  for (let left = Countdown; left > 0 && taking === mine; left--) {
    cue.textContent = `${label} in ${left}`;
    await wait(1000);
  }
  progress.hidden = false;
  progress.value = 0;
  const began = performance.now();
  let count = 0;
  while (taking === mine && count < wanted && performance.now() - began < Patience) {
    if (document.hidden) { await wait(300); continue; }
    const blob = await frame();
    const reply = await post(`/calibrate/frames?class=${encodeURIComponent(label)}`, blob, "image/jpeg");
    if (!reply.why) {
      count = reply.count;
      show(item, count, blob);
      progress.value = count;
    }
    if (taking !== mine) break; // stopped meanwhile, and told so
    cue.textContent = reply.why ? `${label}: ${reply.why}` : `${label}: ${count} of ${wanted}. Move a little.`;
    await wait(reply.why ? 250 : 350);
  }
  if (taking === mine) cue.textContent = count < wanted ? `${label}: ${count} pictures. Take it again for more.` : `${label} is done.`;
}

async function run(list) {
  const mine = taking = {};
  enable();
  try {
    for (const item of list) {
      if (taking !== mine) break;
      item.setAttribute("aria-current", "true");
      await take(item, mine);
      item.removeAttribute("aria-current");
    }
  } catch (failure) {
    cue.textContent = failure.message;
    for (const item of list) item.removeAttribute("aria-current");
  }
  if (taking === mine) taking = null;
  progress.hidden = true;
  enable();
}

camera.addEventListener("click", () => {
  if (!stream) { open(null); return; }
  taking = null;
  close();
  tell("The camera is off.");
  enable();
});
all.addEventListener("click", () => run(items));
stopper.addEventListener("click", () => { taking = null; cue.textContent = "Stopped."; enable(); });
for (const item of items) item.querySelector("[data-take]").addEventListener("click", () => run([item]));
addEventListener("pagehide", close);
