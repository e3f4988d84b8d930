-- wrk posts transactions with ids that no other request of any round has.
local count = 0
local run = os.getenv("BENCH_RUN")
local head, tail = os.getenv("BENCH_HEAD"), os.getenv("BENCH_TAIL")

function request()
  count = count + 1
  return wrk.format("POST", "/v1/transactions", nil, head .. run .. "-" .. count .. tail)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    "BENCH %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
