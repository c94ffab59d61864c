// SPDX-License-Identifier: Apache-2.0
// The fields of a form to what the service understands.
import type { Server } from './types';

export interface ServerFields {
    protocol: 'imap' | 'pop3';
    security: 'tls' | 'starttls';
    host: string;
    port: string;
    user: string;
    password: string;
    /** SHA-256 of the certificate in hex; empty: the system's authorities decide. */
    fingerprint: string;
}

export function emptyServer(): ServerFields {
    return { protocol: 'imap', security: 'tls', host: '', port: '', user: '', password: '', fingerprint: '' };
}

/** imaps://user@host[:port]; the plain schemes mean STARTTLS or STLS. */
export function urlOf(fields: ServerFields): string {
    const scheme = fields.protocol + (fields.security === 'tls' ? 's' : '');
    const user = encodeURIComponent(fields.user.trim()).replaceAll('%40', '@');
    const host = fields.host.trim();
    const bracketed = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
    const port = fields.port.trim();
    return `${scheme}://${user}@${bracketed}${port ? `:${port}` : ''}`;
}

export function serverOf(fields: ServerFields): Server {
    const server: Server = { url: urlOf(fields), password: fields.password };
    const fingerprint = fields.fingerprint.replace(/[^0-9a-f]/gi, '').toLowerCase();
    if (fingerprint) server.tls_fingerprint = fingerprint;
    return server;
}
