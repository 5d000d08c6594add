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

// One key presses the control that shows it: <button data-key="u">. Never while someone types.
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input:not([type=file], [type=radio]), textarea, select, [contenteditable]")) return;
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
// A form that takes a while says so on its button, and is not sent twice.
document.addEventListener("submit", event => {
  if (!event.target.matches("[data-busy]")) return;
  const button = event.submitter ?? event.target.querySelector("button");
  if (button.getAttribute("aria-busy") === "true") event.preventDefault();
  button.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => document.querySelectorAll("[data-busy] [aria-busy]").forEach(button => button.removeAttribute("aria-busy")));
