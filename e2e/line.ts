import { connect, createServer, type Server as NetServer, type Socket } from 'node:net';

/** The line between a browser and the server, which can be cut: offline emulation lets an open stream flow on. */
export type Line = {
  /** Where the server is reached over it. */
  readonly url: string;
  /** Ends what is open and takes nothing new. */
  readonly cut: () => Promise<void>;
  readonly mend: () => Promise<void>;
};

export async function lineTo(target: string): Promise<Line> {
  const { hostname, port: targetPort } = new URL(target);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
  };
  const server: NetServer = createServer((near) => {
    const far = keep(connect({ host: hostname, port: Number(targetPort) }));
    keep(near).pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, hostname, resolve));
  await listen(0);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a line without a port');
  return {
    url: `http://${hostname}:${address.port}`,
    cut: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
    mend: () => listen(address.port),
  };
}
