// Crosshair and zoom over charts that the server drew, and new points of a run that still runs. The server draws every picture; this asks it for another one.
const every = 5000;

// The parts of the page that another address draws anew.
async function redraw(address, remember) {
  const reply = await fetch(address).catch(() => null);
  if (!reply?.ok || reply.redirected) return;
  const fresh = new DOMParser().parseFromString(await reply.text(), "text/html");
  for (const id of ["stats", "charts"]) {
    const [from, to] = [fresh.getElementById(id), document.getElementById(id)];
    if (from && to) to.replaceWith(from);
  }
  if (!fresh.querySelector("[data-refresh]")) document.querySelector("[data-refresh]")?.removeAttribute("data-refresh");
  if (remember) history.replaceState(null, "", address);
}

function zoomed(from, to) {
  const address = new URL(location.href);
  for (const [name, value] of [["from", from], ["to", to]]) {
    if (value === null) address.searchParams.delete(name); else address.searchParams.set(name, value);
    const field = document.querySelector(`form[data-draw] input[name=${name}]`);
    if (field) field.value = value ?? "";
  }
  return address;
}

const along = (plot, event) => {
  const box = plot.getBoundingClientRect();
  return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
};

const at = (plot, part) => {
  const [from, to] = [Number(plot.dataset.from), Number(plot.dataset.to)];
  const x = from + part * (to - from);
  return plot.dataset.axis === "step" ? Math.round(x) : x;
};

function value(plot, y) {
  const [low, high] = [Number(plot.dataset.low), Number(plot.dataset.high)];
  const part = 1 - y / 100;
  return "log" in plot.dataset ? low * (high / low) ** part : low + part * (high - low);
}

const shown = (plot, x) => plot.dataset.axis === "time" ? new Date(x).toISOString().slice(11, 19) : plot.dataset.axis === "relative" ? `${x.toFixed(0)} s` : `step ${x.toLocaleString("en")}`;

// The nearest drawn point of each line under the pointer.
function point(plot, part) {
  const mark = plot.querySelector(".mark") ?? plot.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "line"));
  mark.setAttribute("class", "mark");
  for (const [name, place] of [["x1", part * 100], ["x2", part * 100], ["y1", 0], ["y2", 100]]) mark.setAttribute(name, place);
  const words = [...plot.querySelectorAll("polyline[data-line]")].reverse().map(line => {
    const points = line.getAttribute("points").split(" ").map(pair => pair.split(",").map(Number));
    const near = points.reduce((best, pair) => Math.abs(pair[0] - part * 100) < Math.abs(best[0] - part * 100) ? pair : best);
    return `${line.dataset.line} ${Number(value(plot, near[1]).toPrecision(4))}`;
  });
  const figure = plot.closest("figure");
  const text = figure.querySelector("output") ?? figure.querySelector(".plot").appendChild(document.createElement("output"));
  text.textContent = [shown(plot, at(plot, part)), ...words].join(" · ");
}

function leave(plot) {
  plot.querySelector(".mark")?.remove();
  plot.closest("figure").querySelector("output")?.remove();
}

let drag = null;
document.addEventListener("pointerdown", event => {
  const plot = event.target.closest(".plot > svg");
  if (!plot || event.button !== 0 || event.pointerType === "touch") return;
  event.preventDefault();
  const band = plot.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "rect"));
  band.setAttribute("class", "band");
  band.setAttribute("height", "100");
  drag = { plot, band, start: along(plot, event) };
  plot.setPointerCapture(event.pointerId);
});
document.addEventListener("pointermove", event => {
  const plot = drag?.plot ?? event.target.closest?.(".plot > svg");
  for (const other of document.querySelectorAll(".plot > svg:has(.mark)")) if (other !== plot) leave(other);
  if (!plot) return;
  const part = along(plot, event);
  point(plot, part);
  drag?.band.setAttribute("x", 100 * Math.min(part, drag.start));
  drag?.band.setAttribute("width", 100 * Math.abs(part - drag.start));
});
document.addEventListener("pointerup", event => {
  if (!drag) return;
  const { plot, band, start } = drag;
  drag = null;
  band.remove();
  const [from, to] = [start, along(plot, event)].sort((one, other) => one - other);
  if (to - from > 0.01) redraw(zoomed(at(plot, from), at(plot, to)), true);
});
document.addEventListener("dblclick", event => event.target.closest(".plot > svg") && redraw(zoomed(null, null), true));

for (const list of document.querySelectorAll("form[data-draw] select")) list.addEventListener("change", () => list.form.requestSubmit());

setInterval(() => {
  if (document.querySelector("[data-refresh]") && !document.hidden && !drag && !document.querySelector("#charts details[open]")) redraw(location.href, false);
}, every);
