// The log of a job that is not over is followed. The page reads without it.
async function follow(log) {
  while (log.hasAttribute("data-live")) {
    const { job, next } = log.dataset;
    const attempt = log.dataset.attempt === "0" ? "" : `&attempt=${log.dataset.attempt}`;
    const reply = await fetch(`/api/jobs/${job}/log?from=${next}&wait=15${attempt}`).catch(() => null);
    if (!reply?.ok || reply.redirected) {
      await new Promise(done => setTimeout(done, 5000));
      continue;
    }
    const text = await reply.text();
    if (text) {
      const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
      log.querySelector("code").append(text);
      document.getElementById("quiet")?.remove();
      if (atEnd) log.scrollTop = log.scrollHeight;
    }
    log.dataset.next = reply.headers.get("Saki-Log-Next");
    const newest = reply.headers.get("Saki-Job-Attempt");
    const over = ["succeeded", "failed", "cancelled"].includes(reply.headers.get("Saki-Job-State"));
    if (!text && newest !== log.dataset.attempt) Object.assign(log.dataset, { attempt: newest, next: 0 });
    else if (!text && over) log.removeAttribute("data-live");
    else if (!text && newest === "0") await new Promise(done => setTimeout(done, 500));
  }
}

const log = document.getElementById("log");
if (log) {
  log.scrollTop = log.scrollHeight;
  follow(log);
}
