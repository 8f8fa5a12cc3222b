import type { IncomingMessage, ServerResponse } from 'node:http';

export type UnreadBodyBounds = { readonly maxBytes: number; readonly maxMs: number };

/** What a client may go on sending after its answer: several times the largest body that is taken anywhere. */
const BOUNDS: UnreadBodyBounds = { maxBytes: 64 * 1024 * 1024, maxMs: 10_000 };
const LOOK_MS = 100;

/**
 * Lets a client that is answered before its body has come send the rest, unread, before its connection is closed (RFC 9112
 * §9.6). Closed with bytes that nobody has read, it would be reset, and a client that sends all before it looks for an
 * answer would never see the refusal. Who sends on beyond the bounds is cut off.
 */
export function letFinishSending(request: IncomingMessage, answer: ServerResponse, { maxBytes, maxMs } = BOUNDS): void {
  const { socket, headers } = request;
  // Of a request without a body, the end may not have been read yet: nothing more comes of it.
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return;
  const closeNow = socket.destroySoon.bind(socket);
  let isLast = false;
  // What Node calls at the end of the last answer of a connection. Half closed, it is told that no more comes, and is read on.
  socket.destroySoon = () => {
    if (request.complete) return closeNow();
    isLast = true;
    socket.end();
  };
  answer.once('finish', () => {
    const before = socket.bytesRead;
    const until = performance.now() + maxMs;
    const look = () => {
      if (!request.complete && socket.bytesRead - before <= maxBytes && performance.now() <= until) return;
      finish();
      if (isLast || !request.complete) socket.destroy();
    };
    const looking = setInterval(look, LOOK_MS).unref();
    const finish = () => {
      clearInterval(looking);
      socket.destroySoon = closeNow;
    };
    request.once('end', look);
    socket.once('close', finish);
    request.resume();
    look();
  });
}
