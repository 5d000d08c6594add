// What the times mean, while they are typed. Without this file a button says it.
const form = document.getElementById("schedule"), reading = document.getElementById("reading");
let timer = 0, asked = 0;

async function read() {
  const number = ++asked;
  const query = new URLSearchParams({ cron: form.elements.cron.value, zone: form.elements.zone.value });
  const reply = await fetch(`/jobs/schedules/reading?${query}`).catch(() => null);
  if (number !== asked || !reply?.ok || reply.redirected) return;
  reading.replaceChildren(...new DOMParser().parseFromString(await reply.text(), "text/html").body.childNodes);
}

for (const name of ["cron", "zone"]) form?.elements[name].addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(read, 200); });
