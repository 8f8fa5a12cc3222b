// A browser's EventSource for the tests, which Node has only behind a flag and without headers. Source: HTML, 9.2
// Server-sent events: ids, reconnecting after an end, none after a refusal.

type Listener = (event: { data: string; lastEventId: string }) => void;
type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const RECONNECT_MS = 30;

export class TestEventSource {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSED = 2;
  readyState: number = TestEventSource.CONNECTING;
  #lastEventId = '';
  readonly #url: string;
  readonly #fetch: Fetch;
  readonly #controller = new AbortController();
  readonly #listeners = new Map<string, Set<Listener>>();

  constructor(url: string, init: { readonly fetch?: Fetch } = {}) {
    this.#url = url;
    this.#fetch = init.fetch ?? fetch;
    void this.#run();
  }

  addEventListener(type: string, listener: Listener): void {
    const known = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, known.add(listener));
  }

  removeEventListener(type: string, listener: Listener): void {
    this.#listeners.get(type)?.delete(listener);
  }

  close(): void {
    this.readyState = TestEventSource.CLOSED;
    this.#controller.abort();
  }

  async #run(): Promise<void> {
    while (this.readyState !== TestEventSource.CLOSED) {
      const isRefused = await this.#connect().catch(() => false);
      if (this.readyState === TestEventSource.CLOSED) return;
      this.readyState = isRefused ? TestEventSource.CLOSED : TestEventSource.CONNECTING;
      this.#emit('error', '');
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
    }
  }

  /** Says whether the answer was no stream. */
  async #connect(): Promise<boolean> {
    const last = this.#lastEventId === '' ? {} : { 'last-event-id': this.#lastEventId };
    const response = await this.#fetch(this.#url, {
      headers: { accept: 'text/event-stream', ...last },
      signal: this.#controller.signal,
    });
    const isStream = response.status === 200 && response.headers.get('content-type')?.startsWith('text/event-stream');
    if (!isStream || response.body === null) return true;
    this.readyState = TestEventSource.OPEN;
    let rest = '';
    let event = { type: '', data: '', id: this.#lastEventId };
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const [field, value = ''] = line.split(/: ?(.*)/s, 2);
        if (field === 'event') event.type = value;
        if (field === 'data') event.data += `${value}\n`;
        if (field === 'id') event.id = value;
        if (line !== '') continue;
        this.#lastEventId = event.id;
        if (event.data !== '') this.#emit(event.type === '' ? 'message' : event.type, event.data.slice(0, -1));
        event = { type: '', data: '', id: this.#lastEventId };
      }
    }
    return false;
  }

  #emit(type: string, data: string): void {
    for (const listener of this.#listeners.get(type) ?? []) listener({ data, lastEventId: this.#lastEventId });
  }
}

/** The EventSource of a browser that is signed in. */
export function eventSourceWith(cookie: string) {
  return class extends TestEventSource {
    constructor(url: string) {
      super(url, {
        fetch: (asked, init) => fetch(asked, { ...init, headers: { ...Object.fromEntries(new Headers(init.headers)), cookie } }),
      });
    }
  };
}
