// The time a case is yours: counts down in sight, and is renewed while you are there, or soon back.
import { now } from "./clock.js";
import { LoggedOut, send } from "./wire.js";
import { worded } from "./worded.js";

const SHORT_SECONDS = 30;
// Somebody who went to lunch with the page open must not hold a case for the afternoon.
const AWAY_MILLISECONDS = 10 * 60 * 1000;
// A page out of sight keeps its case for a while, with a warning in its title.
const HIDDEN_MILLISECONDS = 5 * 60 * 1000;
const TICK_MILLISECONDS = 500;
// Who has not ticked for this long was asleep or held back: only the server knows whose the case is now.
const WOKEN_MILLISECONDS = 5000;
const WAKES = ["focus", "pageshow", "online"];

let lastSign = now();
for (const sign of ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"]) {
  addEventListener(sign, () => (lastSign = now()), { passive: true });
}

const clockOf = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

/** Keeps one case; calls `lost(sentence, isGone)` at most once, when it is no longer ours. */
export class Lease {
  constructor(clock, form, lost) {
    this.clock = clock;
    this.form = form;
    this.lost = lost;
    this.title = document.title;
    this.hiddenBefore = 0;
    this.hiddenSince = document.visibilityState === "hidden" ? now() : undefined;
    this.renewEvery = Math.max(2, Number(clock.dataset.leaseSeconds) / 3) * 1000;
    this.runUntil(Number(clock.dataset.secondsLeft));
    // A page is given longer at first, in case it has no scripts; this one has.
    const isLong = Number(clock.dataset.secondsLeft) > Number(clock.dataset.leaseSeconds);
    this.beatAt = now() + (isLong ? 0 : this.renewEvery);
    this.tickedAt = now();
    this.ticks = () => this.tick();
    this.timer = setInterval(this.ticks, TICK_MILLISECONDS);
    for (const wake of WAKES) addEventListener(wake, this.ticks);
    this.seen = () => this.turned();
    document.addEventListener("visibilitychange", this.seen);
  }

  stop() {
    clearInterval(this.timer);
    for (const wake of WAKES) removeEventListener(wake, this.ticks);
    document.removeEventListener("visibilitychange", this.seen);
    this.isOver = true;
  }

  runUntil(seconds) {
    this.end = now() + seconds * 1000;
    this.show();
  }

  show() {
    const seconds = Math.max(0, Math.floor((this.end - now()) / 1000));
    const clock = document.getElementById("countdown") ?? this.clock;
    clock.textContent = clockOf(seconds);
    clock.closest(".lease").classList.toggle("is-short", seconds < SHORT_SECONDS);
    if (this.hiddenSince !== undefined) document.title = `${worded("%(time)s left for your case", { time: clockOf(seconds) })} · Tertium`;
  }

  /** How long this case's page was out of sight. */
  hiddenMilliseconds() {
    return this.hiddenBefore + (this.hiddenSince === undefined ? 0 : now() - this.hiddenSince);
  }

  turned() {
    if (document.visibilityState === "hidden") {
      this.hiddenSince ??= now();
    } else if (this.hiddenSince !== undefined) {
      this.hiddenBefore = this.hiddenMilliseconds();
      this.hiddenSince = undefined;
      document.title = this.title;
      this.beat();
    }
  }

  isKept(at) {
    if (this.hiddenSince !== undefined) return at - this.hiddenSince < HIDDEN_MILLISECONDS;
    return at - lastSign < AWAY_MILLISECONDS;
  }

  tick() {
    const at = now();
    const isWoken = at - this.tickedAt > WOKEN_MILLISECONDS;
    this.tickedAt = at;
    this.show();
    const isAsked = isWoken && (this.hiddenSince === undefined || this.isKept(at));
    if (isAsked || (at > this.beatAt && at <= this.end && this.isKept(at))) {
      this.beat();
    } else if (at > this.end && !this.isBeating) {
      const ran = worded("Your time for this case ran out, and it went back to the queue.");
      const still = worded("A verdict still counts while no colleague has taken it.");
      this.finish(`${ran} ${still}`, false);
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
      else this.gone(answer.lost ?? worded("This case is no longer yours."));
      this.beatAt = now() + this.renewEvery;
    } catch (error) {
      // One lost beat is no lost case: the clock says how long there still is.
      this.beatAt = now() + 3000;
      if (error instanceof LoggedOut) this.gone(error.message);
    } finally {
      this.isBeating = false;
    }
  }

  gone(sentence) {
    this.finish(`${sentence} ${worded("Nothing was recorded.")}`, true);
  }

  finish(sentence, isGone) {
    if (this.isOver) return;
    this.stop();
    document.title = `${worded("Your case went back")} · Tertium`;
    this.lost(sentence, isGone);
  }
}
