-- wrk posts transactions with ids that no other request of any round has.
local count = 0
local run = os.getenv("BENCH_RUN")
-- One body a line, cut in two where the id goes by a tab: a feed that repeats itself would be noticed.
local heads, tails = {}, {}
for line in io.lines(os.getenv("BENCH_BODIES")) do
  local cut = line:find("\t", 1, true)
  heads[#heads + 1], tails[#tails + 1] = line:sub(1, cut - 1), line:sub(cut + 1)
end

function request()
  count = count + 1
  local place = count % #heads + 1
  return wrk.format("POST", "/v1/transactions", nil, heads[place] .. run .. "-" .. count .. tails[place])
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    "BENCH %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
