// One live stream for all pages of a browser. It keeps few connections to one place (six over HTTP/1.1), and a stream
// holds one for as long as it lasts: seven pages with one each would leave none to answer a click.
//
// Whoever holds the lock listens to the server and passes on what it hears; when that page goes, the next one in line
// gets the lock. Where a browser has no locks (an address without TLS) each page asks now and then instead, and holds
// nothing.
import { send } from "./wire.js";

const AGAIN_MILLISECONDS = 5_000;
/** A stream that says nothing for this long is taken for broken: the server speaks every few seconds. */
const SILENCE_MILLISECONDS = 12_000;
/** Nor can the page that listens be alive, when it has not even said that it tries again. */
const LOST_MILLISECONDS = 2 * SILENCE_MILLISECONDS;

/** Hears of one address's events while it is started; calls `told(name, data)`, which names `broken` and `refused` too. */
export class SharedStream {
  /** `who` keeps the pages of different sessions apart; `asked` is the page that shows the same without a stream. */
  constructor(address, { events, who, asked, told }) {
    Object.assign(this, { address, events, asked, told });
    this.name = `tertium ${address} ${who}`;
    this.canShare = "locks" in navigator && "BroadcastChannel" in window;
  }

  start() {
    this.stop();
    this.turn = Symbol("turn");
    if (!this.canShare) return this.ask();
    this.channel = new BroadcastChannel(this.name);
    this.channel.addEventListener("message", ({ data }) => this.hear(data));
    this.waitInLine();
    this.expectWord();
  }

  stop() {
    this.turn = undefined;
    for (const timer of [this.silence, this.lost, this.again]) clearTimeout(timer);
    this.stream?.close();
    this.channel?.close();
    this.waiting?.abort();
    this.release?.();
    this.stream = this.channel = this.waiting = this.release = undefined;
  }

  waitInLine() {
    this.waiting = new AbortController();
    this.hold({ signal: this.waiting.signal });
  }

  /** Ask for the lock, and listen for all while it is held. */
  async hold(options) {
    const { turn } = this;
    let isMine = false;
    const held = () => {
      // The page may have been left just then.
      if (this.turn !== turn) return undefined;
      isMine = true;
      this.listen();
      return new Promise((release) => (this.release = release));
    };
    try {
      await navigator.locks.request(this.name, options, held);
    } catch {
      // Nobody waits any more; or another page took the lock, because it heard nothing from this one.
      if (isMine && this.turn === turn) this.start();
    }
  }

  listen() {
    this.stream?.close();
    this.stream = new EventSource(this.address);
    this.expectEvents();
    for (const name of this.events) {
      this.stream.addEventListener(name, ({ data }) => {
        this.expectEvents();
        this.tell({ name, data });
      });
    }
    this.stream.addEventListener("error", () => {
      // A stream that ends is asked for again by the browser itself; a refused one is not.
      if (this.stream?.readyState === EventSource.CLOSED) this.listenAgain("refused");
    });
  }

  expectEvents() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.tell({ name: "broken", data: "" });
      this.listen();
    }, SILENCE_MILLISECONDS);
  }

  listenAgain(why) {
    clearTimeout(this.silence);
    this.stream.close();
    this.tell({ name: why, data: "" });
    this.again = setTimeout(() => this.listen(), AGAIN_MILLISECONDS);
  }

  tell(message) {
    this.channel.postMessage(message);
    this.hear(message);
  }

  hear({ name, data }) {
    this.expectWord();
    this.told(name, data);
  }

  /** Take the lock from a page that says nothing: it hangs. */
  expectWord() {
    clearTimeout(this.lost);
    this.lost = setTimeout(() => {
      this.told("broken", "");
      this.waiting?.abort();
      this.hold({ steal: true });
    }, LOST_MILLISECONDS);
  }

  async ask() {
    const { turn } = this;
    const answer = await send(this.asked).catch(() => ({ status: 0, text: "" }));
    if (this.turn !== turn) return;
    if (answer.status === 200) this.told(this.events[0], answer.text);
    else this.told("refused", "");
    this.again = setTimeout(() => this.ask(), AGAIN_MILLISECONDS);
  }
}
