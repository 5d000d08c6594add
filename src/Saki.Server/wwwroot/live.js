// The live camera: one frame is under way at a time, the newest is sent when the last answer has come, and its size follows the time of the round trip.
const figure = document.getElementById("live");
const stage = document.getElementById("stage");
const video = document.getElementById("live-video");
const boxes = document.getElementById("live-boxes");
const note = document.getElementById("live-note");
const figures = document.getElementById("live-figures");
const cameras = document.getElementById("live-cameras");
const pauser = document.getElementById("live-pause");
const list = document.getElementById("live-faces");
const answer = document.getElementById("answer");
const Sizes = [320, 480, 640, 800];       // longest side of a frame in pixels
const MostPerSecond = 20, Patience = 10_000;
const Jpeg = "image/jpeg", WebP = "image/webp"; // WebP takes longer to write and is a third smaller: for slow lines
const svg = (name, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

let session = null; // what runs now; a new one makes the old one stop

// Switches the camera on or off. takePicture gets a snapshot as a file.
export async function toggle(button, takePicture) {
  if (session) { stop(button); return; }
  button.setAttribute("aria-pressed", "true");
  stage.hidden = true;
  answer.hidden = true;
  for (const element of [figure, list, document.getElementById("live-promise")]) element.hidden = false;
  session = { button, takePicture, paused: false, size: 1, type: Jpeg, roundTrip: 0, times: [], canvas: document.createElement("canvas") };
  await openCamera(session, null);
}

function stop(button) {
  const old = session;
  session = null;
  button.setAttribute("aria-pressed", "false");
  release(old);
  for (const element of [figure, list, document.getElementById("live-promise")]) element.hidden = true;
  stage.hidden = false;
  answer.hidden = false;
  setPaused(null, false);
  tell("");
}

function release(old) {
  clearTimeout(old.timer);
  old.socket?.close();
  for (const track of old.stream?.getTracks() ?? []) track.stop();
  video.srcObject = null;
  boxes.replaceChildren();
  list.replaceChildren();
}

async function openCamera(mine, id) {
  if (!navigator.mediaDevices?.getUserMedia) {
    tell("This browser gives the camera only to pages over https or on this machine. Choose a picture instead.");
    return;
  }
  tell("Allow the camera to begin.");
  try {
    // 4K cameras are asked for less; what they give all the same is made smaller before it is sent.
    const wanted = { width: { ideal: 1280 }, height: { ideal: 720 }, ...(id ? { deviceId: { exact: id } } : { facingMode: "user" }) };
    const stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    if (session !== mine) { stream.getTracks().forEach(track => track.stop()); return; }
    mine.stream?.getTracks().forEach(track => track.stop());
    mine.stream = stream;
    stream.getVideoTracks()[0].addEventListener("ended", () => { if (session === mine && mine.stream === stream) tell("The camera was taken away. Switch it on again."); });
    video.srcObject = stream;
    await video.play();
    tell("");
    await listCameras(mine);
    if (!mine.socket) connect(mine);
  } catch (failure) {
    if (session !== mine) return;
    tell({
      NotAllowedError: "The camera is not allowed for this page. Allow it in the browser’s address bar, or choose a picture.",
      NotFoundError: "There is no camera here. Choose a picture instead.",
      NotReadableError: "Another program uses the camera. Close it, then switch the webcam off and on.",
      OverconstrainedError: "That camera is gone. Switch the webcam off and on.",
    }[failure.name] ?? "The camera does not start. Choose a picture instead.");
  }
}

async function listCameras(mine) {
  const found = (await navigator.mediaDevices.enumerateDevices()).filter(device => device.kind === "videoinput");
  const select = cameras.querySelector("select");
  cameras.hidden = found.length < 2;
  const current = mine.stream.getVideoTracks()[0].getSettings().deviceId;
  select.replaceChildren(...found.map((device, i) => new Option(device.label || `Camera ${i + 1}`, device.deviceId, false, device.deviceId === current)));
  select.onchange = () => openCamera(mine, select.value);
}

function connect(mine) {
  const address = new URL("/try/live", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = mine.socket = new WebSocket(address);
  socket.onopen = () => { mine.failures = 0; mine.flying = false; send(mine); };
  socket.onmessage = event => { if (session === mine) take(mine, JSON.parse(event.data)); };
  socket.onclose = event => {
    if (session !== mine) return;
    clearTimeout(mine.timer);
    mine.failures = (mine.failures ?? 0) + 1;
    if (event.code === 1008) { tell("You were signed out. Reload the page to sign in again."); return; }
    if (mine.failures > 5) { tell("The server does not answer. Reload the page to try again."); return; }
    figures.textContent = "Connection lost; trying again";
    mine.timer = setTimeout(() => connect(mine), 500 * 2 ** mine.failures);
  };
}

// Nothing is sent while paused or while nobody looks; it goes on by itself.
function send(mine) {
  if (session !== mine || mine.flying || mine.paused || document.hidden || mine.socket.readyState !== WebSocket.OPEN) return;
  clearTimeout(mine.timer);
  if (!video.videoWidth) { mine.timer = setTimeout(() => send(mine), 100); return; }
  mine.flying = true;
  const scale = Math.min(1, Sizes[mine.size] / Math.max(video.videoWidth, video.videoHeight));
  const canvas = mine.canvas;
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  canvas.toBlob(blob => {
    if (session !== mine || !blob || mine.socket.readyState !== WebSocket.OPEN) { mine.flying = false; return; }
    // A browser that does not write WebP gives PNG instead, which is ten times as large.
    if (blob.type !== mine.type) { mine.noWebP = true; mine.type = Jpeg; mine.flying = false; send(mine); return; }
    mine.sent = performance.now();
    mine.socket.send(blob);
    clearTimeout(mine.timer);
    mine.timer = setTimeout(() => { if (session === mine) mine.socket.close(); }, Patience);
  }, mine.type, 0.8);
}

function take(mine, reply) {
  clearTimeout(mine.timer);
  mine.flying = false;
  const now = performance.now();
  const roundTrip = now - mine.sent;
  mine.roundTrip = mine.roundTrip ? 0.8 * mine.roundTrip + 0.2 * roundTrip : roundTrip;
  mine.times.push(now);
  while (mine.times.length > 2 && now - mine.times[0] > 3000) mine.times.shift();
  // An answer that comes after the pause began, or after the tab was left, tells of a frame that nobody waits for.
  if (mine.paused || document.hidden) return;
  if (reply.error && mine.type === WebP) { mine.noWebP = true; mine.type = Jpeg; } // the server does not read it
  else if (reply.error) figures.textContent = reply.error;
  else { mine.server = reply.milliseconds; draw(reply); describe(mine, reply); }
  adapt(mine);
  mine.timer = setTimeout(() => send(mine), Math.max(0, 1000 / MostPerSecond - roundTrip));
}

// Smaller frames on a slow line or machine, larger ones again when there is time: seldom, so that it does not swing. Where it is the line that is slow, WebP comes before fewer pixels.
function adapt(mine) {
  if (mine.times.length < 5 || performance.now() - (mine.adapted ?? 0) < 2000) return;
  if (mine.roundTrip > 350 && mine.type === Jpeg && !mine.noWebP && mine.roundTrip > 2 * (mine.server ?? Infinity)) {
    mine.type = WebP;
    mine.adapted = performance.now();
    mine.roundTrip = 0;
    return;
  }
  const step = mine.roundTrip > 350 ? -1 : mine.roundTrip < 90 ? 1 : 0;
  const size = Math.min(Sizes.length - 1, Math.max(0, mine.size + step));
  if (size !== mine.size) { mine.size = size; mine.adapted = performance.now(); mine.roundTrip = 0; }
}

const percent = value => `${(100 * value).toFixed(1)}\u00a0%`;

function describe(mine, reply) {
  const span = (mine.times.at(-1) - mine.times[0]) / 1000;
  const rate = span > 0 ? ((mine.times.length - 1) / span).toFixed(1) : "–";
  const faces = reply.faces.length === 0 ? "no face" : reply.faces[0].id === 0 ? "whole picture" : reply.faces.length === 1 ? "1 face" : `${reply.faces.length} faces`;
  figures.textContent = `${rate} answers/s · ${Math.round(mine.roundTrip)}\u00a0ms, ${Math.round(reply.milliseconds)}\u00a0ms of it in the server · ${reply.width} × ${reply.height} · ${faces} · ${reply.model} ${reply.version}${reply.own ? " (yours)" : ""}`;
}

function draw(reply) {
  boxes.setAttribute("viewBox", `0 0 ${reply.width} ${reply.height}`);
  const font = Math.max(reply.width, reply.height) * 0.028;
  boxes.replaceChildren(...reply.faces.filter(face => face.box).map(face => {
    const [x, y, width, height] = face.box, group = svg("g", {}), tag = `${face.id} ${face.class} ${percent(face.top[0].probability)}`;
    const above = y > font * 1.6 ? y - font * 1.6 : y, long = font * (tag.length * 0.56 + 0.8), from = Math.max(0, Math.min(x, reply.width - long));
    group.append(svg("rect", { class: "halo", x, y, width, height, rx: 3 }), svg("rect", { x, y, width, height, rx: 3 }),
      svg("rect", { class: "tag", x: from, y: above, width: long, height: font * 1.6, rx: 3 }));
    const text = svg("text", { x: from + font * 0.4, y: above + font * 1.15, "font-size": font });
    text.textContent = tag;
    group.append(text);
    return group;
  }));
  for (const old of [...list.children]) if (!reply.faces.some(face => String(face.id) === old.dataset.face)) old.remove();
  for (const face of reply.faces) card(face);
}

// A face's own bars stay where they are while it is followed; only their values change.
function card(face) {
  let section = list.querySelector(`[data-face="${face.id}"]`);
  if (!section) {
    section = document.createElement("section");
    section.className = "stack";
    section.dataset.face = face.id;
    section.append(document.createElement("h3"), document.createElement("ol"));
    section.lastElementChild.className = "probs";
    list.append(section);
  }
  section.firstElementChild.textContent = face.id === 0 ? face.class : `${face.id} · ${face.class}`;
  const bars = section.lastElementChild;
  const wanted = face.top.slice(0, list.children.length > 2 ? 3 : 7);
  while (bars.children.length > wanted.length) bars.lastElementChild.remove();
  wanted.forEach((entry, i) => {
    let row = bars.children[i];
    if (!row) {
      row = document.createElement("li");
      const meter = svg("svg", { class: "meter", "aria-hidden": "true" });
      meter.append(svg("rect", { height: "100%" }));
      const number = document.createElement("span");
      number.className = "n";
      row.append(document.createElement("span"), meter, number);
      bars.append(row);
    }
    row.className = i === 0 ? "top1" : "";
    row.children[0].textContent = entry.class;
    row.children[1].firstElementChild.setAttribute("width", `${Math.min(100, Math.max(0, 100 * entry.probability))}%`);
    row.children[2].textContent = percent(entry.probability);
  });
}

function tell(text) {
  note.textContent = text;
  note.hidden = !text;
}

function setPaused(mine, paused) {
  if (mine) mine.paused = paused;
  pauser.setAttribute("aria-pressed", String(paused));
  pauser.lastChild.textContent = paused ? "Go on" : "Pause";
  if (paused) { video.pause(); figures.textContent = "Paused: nothing is sent"; }
  else if (mine) { video.play(); send(mine); }
}

pauser.addEventListener("click", () => { if (session) setPaused(session, !session.paused); });

document.getElementById("live-snap").addEventListener("click", () => {
  const mine = session;
  if (!mine || !video.videoWidth) return;
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  canvas.toBlob(blob => {
    stop(mine.button);
    mine.takePicture(new File([blob], "snapshot.jpg", { type: "image/jpeg" }));
  }, "image/jpeg", 0.92);
});

document.addEventListener("visibilitychange", () => {
  if (!session) return;
  if (document.hidden) figures.textContent = "Paused while this tab is hidden";
  else if (session.socket && !session.paused) { session.times = []; send(session); }
});
addEventListener("pagehide", () => { if (session) release(session); });
