import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, type RunningProgram, removeFolder, spawnUntil, stop } from './processes';

/** A real redis-server of a test, on 127.0.0.1, with every write on disk. */
export interface RedisServer {
    port: number;
    /** Process id of the server, for a test that kills it at an exact moment. */
    pid(): number;
    /** False once it has died. */
    isAlive(): boolean;
    /** Kills it as a power cut would. */
    kill(): Promise<void>;
    /** Stops it in its tracks: it keeps its connections and answers nothing. */
    freeze(): void;
    /** It goes on, and does what it was sent meanwhile. */
    thaw(): void;
    /** Starts it again on the same port with the data it had. */
    restart(): Promise<void>;
    /** Ends it and deletes its data. */
    close(): Promise<void>;
}

export async function startRedis(...extra: string[]): Promise<RedisServer> {
    const folder = await mkdtemp(path.join(tmpdir(), 'alert-to-fix-redis-'));
    const port = await freePort();
    const args = [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--dir',
        folder,
        '--save',
        '',
        '--appendonly',
        'yes',
        '--appendfsync',
        'always',
        ...extra,
    ];
    const start = (): Promise<RunningProgram> =>
        spawnUntil({
            command: 'redis-server',
            args,
            ready: (program) => program.output().includes('Ready to accept connections'),
        });
    let program = await start();
    return {
        port,
        pid: () => program.pid,
        isAlive: () => program.child.exitCode === null && program.child.signalCode === null,
        kill: () => stop(program, 'SIGKILL'),
        freeze: () => {
            program.child.kill('SIGSTOP');
        },
        thaw: () => {
            program.child.kill('SIGCONT');
        },
        restart: async () => {
            program = await start();
        },
        close: async () => {
            await stop(program, 'SIGKILL');
            await removeFolder(folder);
        },
    };
}
