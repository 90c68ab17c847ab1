import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A network between a program and a server of 127.0.0.1, which can be cut. */
export interface TcpProxy {
    port: number;
    /** Asked with GET by another process: `<control>/cut` and `<control>/deafen`; answered when it is so. */
    control: string;
    /** When the network was cut; undefined while it is whole. */
    cutAt(): number | undefined;
    heal(): void;
    /** Takes connections and lets nothing through, until it is healed: then all that was sent arrives. */
    freeze(): void;
    close(): Promise<void>;
}

/** How long after an answer is lost the network is cut, milliseconds. */
const LOST_MS = 20;

/** Starts a proxy to `target`. Deaf, it lets requests through, loses the next answer and is then cut. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
    const sockets = new Set<Socket>();
    let state: 'whole' | 'frozen' | 'deaf' | 'cut' = 'whole';
    let cutAt: number | undefined;
    const cut = (): void => {
        state = 'cut';
        cutAt ??= Date.now();
        for (const socket of sockets) socket.destroy();
    };
    const join = (one: Socket, other: Socket): void => {
        sockets.add(one);
        one.on('error', () => undefined);
        one.on('close', () => {
            sockets.delete(one);
            other.destroy();
        });
    };
    const proxy = createServer((client) => {
        if (state === 'cut') {
            client.destroy();
            return;
        }
        const server = connect(target, '127.0.0.1');
        join(client, server);
        join(server, client);
        if (state === 'frozen') [client, server].forEach((socket) => socket.pause());
        client.on('data', (chunk) => server.write(chunk));
        server.on('data', (chunk) => {
            if (state === 'deaf') setTimeout(cut, LOST_MS);
            else client.write(chunk);
        });
    });
    const control = createHttpServer((request, response) => {
        if (request.url === '/cut') cut();
        else state = 'deaf';
        response.end('done');
    });
    const port = await listen(proxy);
    return {
        port,
        control: `http://127.0.0.1:${await listen(control)}`,
        cutAt: () => cutAt,
        heal: () => {
            state = 'whole';
            cutAt = undefined;
            for (const socket of sockets) socket.resume();
        },
        freeze: () => {
            state = 'frozen';
            for (const socket of sockets) socket.pause();
        },
        close: async () => {
            cut();
            await Promise.all([proxy, control].map((server) => new Promise((resolve) => server.close(resolve))));
        },
    };
}

async function listen(server: Server): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
}
