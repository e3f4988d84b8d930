// The time a case is yours: counts down in sight, and is renewed while you are there.
import { LoggedOut, send } from "./wire.js";

const SHORT_SECONDS = 30;
// Somebody who went to lunch with the page open must not hold a case for the afternoon.
const AWAY_MILLISECONDS = 10 * 60 * 1000;

let lastSign = performance.now();
for (const sign of ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"]) {
  addEventListener(sign, () => (lastSign = performance.now()), { passive: true });
}

/** Keeps one case; calls `lost(sentence)` at most once, when it is no longer ours. */
export class Lease {
  constructor(clock, form, lost) {
    this.clock = clock;
    this.form = form;
    this.lost = lost;
    this.renewEvery = Math.max(2, Number(clock.dataset.leaseSeconds) / 3) * 1000;
    this.runUntil(Number(clock.dataset.secondsLeft));
    this.beatAt = performance.now() + this.renewEvery;
    this.timer = setInterval(() => this.tick(), 500);
    this.seen = () => document.visibilityState === "visible" && this.beat();
    document.addEventListener("visibilitychange", this.seen);
  }

  stop() {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.seen);
    this.isOver = true;
  }

  runUntil(seconds) {
    this.end = performance.now() + seconds * 1000;
    this.show();
  }

  show() {
    const seconds = Math.max(0, Math.floor((this.end - performance.now()) / 1000));
    this.clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    this.clock.parentElement.classList.toggle("is-short", seconds < SHORT_SECONDS);
  }

  tick() {
    const now = performance.now();
    this.show();
    if (now > this.end) {
      this.finish("Your time for this case ran out, and it went back to the queue. Nothing was recorded.");
    } else if (now > this.beatAt && document.visibilityState === "visible" && now - lastSign < AWAY_MILLISECONDS) {
      this.beat();
    }
  }

  async beat() {
    if (this.isBeating || this.isOver) return;
    this.isBeating = true;
    try {
      const body = new URLSearchParams({ csrf_token: this.form.csrf_token.value, token: this.form.token.value });
      const address = this.form.getAttribute("action").replace(/verdict$/, "heartbeat");
      const { status, text } = await send(address, { method: "POST", body });
      if (this.isOver) return;
      const answer = JSON.parse(text);
      if (status === 200) this.runUntil(answer.seconds_left);
      else this.finish(`${answer.lost ?? "This case is no longer yours."} Nothing was recorded.`);
      this.beatAt = performance.now() + this.renewEvery;
    } catch (error) {
      // One lost beat is no lost case: the clock says how long there still is.
      this.beatAt = performance.now() + 3000;
      if (error instanceof LoggedOut) this.finish("You have been logged out. Nothing was recorded.");
    } finally {
      this.isBeating = false;
    }
  }

  finish(sentence) {
    if (this.isOver) return;
    this.stop();
    this.lost(sentence);
  }
}
