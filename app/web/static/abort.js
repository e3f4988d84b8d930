// Giving up: after a while, or when whoever asked gives up. Written out, because not every browser joins signals.

/**
 * Return a `signal` that aborts after so many milliseconds, or as soon as the other signal does.
 * `end()` lets go of timer and listener: call it when what was waited for is here.
 */
export function limited(milliseconds, other) {
  const controller = new AbortController();
  const giveUp = () => controller.abort();
  const timer = setTimeout(giveUp, milliseconds);
  if (other?.aborted) giveUp();
  else other?.addEventListener("abort", giveUp);
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      other?.removeEventListener("abort", giveUp);
    },
  };
}
