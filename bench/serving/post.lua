-- wrk's script: sends BODY with TYPE and, for binary tensors, HEADER (the length of the JSON before them); prints one line of JSON.
local file = io.open(os.getenv("BODY") or "/dev/null", "rb")
local body = file:read("*a")
file:close()
wrk.method = os.getenv("METHOD") or "POST"
if #body > 0 then wrk.body = body end
if os.getenv("TYPE") then wrk.headers["Content-Type"] = os.getenv("TYPE") end
if os.getenv("HEADER") then wrk.headers["Inference-Header-Content-Length"] = os.getenv("HEADER") end
function done(summary, latency)
  io.write(string.format('\nRESULT {"per_second": %.1f, "p50_us": %.1f, "p99_us": %.1f, "bad": %d}\n', summary.requests / summary.duration * 1e6, latency:percentile(50),
    latency:percentile(99), summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
