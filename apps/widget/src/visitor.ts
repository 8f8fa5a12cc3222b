/** Who the script speaks for: an anonymous id that this browser keeps, and who the page says it is, which it does not keep. */
export type Visitor = {
  /** Sent with every call; made when it is first needed. */
  readonly id: () => string;
  /** Whether there can be anything of theirs. */
  readonly isKnown: () => boolean;
  /** The identity to send now; one that has run out only if there is no way to a new one. */
  readonly identity: () => Promise<string | null>;
  /** The same for what must not be lost for want of one: null instead of one that has run out. */
  readonly livingIdentity: () => Promise<string | null>;
  /** Whether the identity that was sent last has their address. */
  readonly hasEmail: () => boolean;
  readonly identify: (source: IdentitySource) => void;
  /** Forgets everything: the next one at this browser is somebody else. */
  readonly forget: () => void;
};

/** An e-mail address that the page's backend signed: hex HMAC-SHA-256 of it in lower case. */
export type SignedEmail = { readonly email: string; readonly signature: string; readonly name?: string };
type Identity = string | SignedEmail | null;
/** A token of the page's backend (or a signed address), or a function that brings one: it is asked again when the last has run out. */
export type IdentitySource = Identity | (() => Identity | Promise<Identity>);

type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>;
type Kept = { readonly id: string; readonly who: string | null };

const ID_BYTES = 32;
/** A token is brought anew a little before it runs out. */
const SPARE_MS = 10_000;
/** Before a signed address, as it is sent. */
const SIGNED_EMAIL = 'hmac ';

export function createVisitor(project: string, storage: Storage | null, now: () => number = Date.now): Visitor {
  const place = `reqbase:${project}`;
  // What is kept in memory is the truth, so that a page without storage works until it is left.
  let kept = read(storage, place);
  let source: IdentitySource = null;
  let last: string | null = null;

  const keep = (next: Kept | null) => {
    kept = next;
    try {
      if (next === null) storage?.removeItem(place);
      else storage?.setItem(place, JSON.stringify(next));
    } catch {
      // Full, or forbidden.
    }
  };
  const use = (identity: Identity) => {
    last = textOf(identity);
    const who = whoIs(identity);
    if (who === null || who === kept?.who) return;
    // Somebody else has signed in at this browser: what the one before wrote is not theirs.
    keep({ id: kept === null || kept.who !== null ? newId() : kept.id, who });
  };
  const hasRunOut = (spareMs: number) => last !== null && (expiryOf(last) ?? Number.POSITIVE_INFINITY) * 1_000 <= now() + spareMs;
  const identity = async () => {
    if (typeof source === 'function' && (last === null || hasRunOut(SPARE_MS))) use(await source());
    return last;
  };

  return {
    id() {
      const known = kept ?? { id: newId(), who: null };
      if (kept === null) keep(known);
      return known.id;
    },
    isKnown: () => kept !== null || source !== null,
    identity,
    async livingIdentity() {
      const text = await identity();
      return hasRunOut(0) ? null : text;
    },
    hasEmail: () => last !== null && hasAddress(last),
    identify(next) {
      source = next;
      use(typeof next === 'function' ? null : next);
    },
    forget() {
      source = null;
      last = null;
      keep(null);
    },
  };
}

function read(storage: Storage | null, place: string): Kept | null {
  try {
    const { id, who } = JSON.parse(storage?.getItem(place) ?? 'null') as Partial<Kept>;
    return typeof id === 'string' && /^[\w-]{22,128}$/.test(id) ? { id, who: typeof who === 'string' ? who : null } : null;
  } catch {
    return null;
  }
}

/** 256 random bits. `randomUUID` is there on secure pages only. */
function newId(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(ID_BYTES)));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=/g, '');
}

/** As it is sent. */
function textOf(identity: Identity): string | null {
  if (identity === null || typeof identity === 'string') return identity;
  return `${SIGNED_EMAIL}${base64url(new TextEncoder().encode(JSON.stringify(identity)))}`;
}

function whoIs(identity: Identity): string | null {
  if (identity === null) return null;
  if (typeof identity !== 'string') return `mailto:${identity.email.toLowerCase()}`;
  const { sub } = claimsOf(identity);
  return typeof sub === 'string' ? sub : null;
}

function hasAddress(text: string): boolean {
  if (text.startsWith(SIGNED_EMAIL)) return true;
  const { email } = claimsOf(text);
  return typeof email === 'string' && email !== '';
}

function expiryOf(text: string): number | null {
  const { exp } = claimsOf(text);
  return typeof exp === 'number' ? exp : null;
}

/** What a token says of itself. Not believed, only used to know when to bring another, and what not to ask for. */
function claimsOf(token: string): Record<string, unknown> {
  try {
    const [, payload = ''] = token.split('.');
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), (character) => character.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === 'object' && claims !== null ? { ...claims } : {};
  } catch {
    return {};
  }
}
