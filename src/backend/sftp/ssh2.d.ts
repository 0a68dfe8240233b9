/** What is used of the package `ssh2`: its SFTP class alone, which the package itself does not export. */
declare module 'ssh2/lib/protocol/SFTP.js' {
  type Done<T = void> = (error: (Error & { code?: number }) | undefined, value: T) => void;

  /** What a server says of a file; what it does not say is undefined. Times in seconds. */
  export interface Attributes {
    readonly mode: number | undefined;
    readonly size: number | undefined;
    readonly mtime: number | undefined;
  }

  export interface Entry {
    readonly filename: string;
    readonly attrs: Attributes;
  }

  export interface FileSystemStats {
    readonly f_frsize: number;
    readonly f_bavail: number;
    readonly f_files: number;
    readonly f_favail: number;
    /** 1: read-only. */
    readonly f_flag: number;
  }

  interface Channel {
    id: number;
    window: number;
    packetSize: number;
    state: 'open' | 'closed';
  }

  /** Methods that begin with `ext_` throw at once if the server does not have the extension. */
  export class SFTP {
    constructor(
      client: { _protocol: { channelData(id: number, data: Buffer): void; channelClose(id: number): void } },
      channel: { type: string; incoming: Channel; outgoing: Channel },
    );
    /** Sends the first message. */
    _init(): void;
    /** Takes what the server sent; null at its end. */
    push(data: Buffer | null): void;
    on(event: 'ready', listener: () => void): void;
    on(event: 'error', listener: (error: Error) => void): void;
    /** Known once `ready`, if the server states its limits. */
    readonly maxOpenHandles: number | undefined;

    open(path: string, flags: number, attributes: { mode?: number }, done: Done<Buffer>): void;
    close(handle: Buffer, done: Done): void;
    /** Puts what is read into `buffer`; fewer bytes than wanted may come, and none at the end. */
    read(handle: Buffer, buffer: Buffer, at: number, length: number, position: number, done: Done<number>): void;
    /** Takes a copy of the bytes before it returns. */
    write(handle: Buffer, buffer: Buffer, at: number, length: number, position: number, done: Done<unknown>): void;
    fstat(handle: Buffer, done: Done<Attributes>): void;
    fsetstat(handle: Buffer, attributes: { mode: number }, done: Done): void;
    setstat(path: string, attributes: { mode: number }, done: Done): void;
    stat(path: string, done: Done<Attributes>): void;
    unlink(path: string, done: Done): void;
    rename(from: string, to: string, done: Done): void;
    mkdir(path: string, attributes: { mode: number }, done: Done): void;
    opendir(path: string, done: Done<Buffer>): void;
    readdir(handle: Buffer, done: Done<Entry[]>): void;
    ext_openssh_rename(from: string, to: string, done: Done): void;
    ext_openssh_hardlink(from: string, to: string, done: Done): void;
    ext_openssh_fsync(handle: Buffer, done: Done): void;
    ext_openssh_statvfs(path: string, done: Done<FileSystemStats>): void;
  }
}
