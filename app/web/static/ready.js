// The next case, reserved and fetched while somebody still looks at this one.
import { send } from "./wire.js";

export class Ready {
  /** Fetch the next case's screen; that there is none, or that it cannot be had, only costs the time it saves. */
  async fetchNext() {
    const asked = (this.asked = Symbol("asked"));
    this.screen = undefined;
    if (!document.getElementById("verdict-form")) return;
    try {
      const { status, text } = await send("/review/next");
      if (status !== 200 || this.asked !== asked) return;
      this.screen = new DOMParser().parseFromString(text, "text/html").getElementById("screen");
    } catch {
      // The review page says so itself, when somebody acts.
    }
  }

  /** Return the screen that lies ready, once. */
  take() {
    const screen = this.screen;
    this.asked = this.screen = undefined;
    return screen;
  }
}
