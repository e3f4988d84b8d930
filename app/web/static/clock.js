// How much time has passed, sleep included: a browser's own clock may stand still while the machine sleeps.

// Less than this is how the two clocks are rounded and set right, not sleep.
const SLEPT_MILLISECONDS = 1000;

let [ran, date] = [performance.now(), Date.now()];
let slept = 0;

/**
 * Return milliseconds that never run backwards.
 *
 * They are those of performance.now(), and what Date has gone ahead of it: a date that somebody sets forward
 * counts as well, so what they say of a lease is only a reason to ask the server.
 */
export function now() {
  const [runs, dates] = [performance.now(), Date.now()];
  const ahead = dates - date - (runs - ran);
  if (Math.abs(ahead) > SLEPT_MILLISECONDS) {
    slept += Math.max(0, ahead);
    [ran, date] = [runs, dates];
  }
  return runs + slept;
}
