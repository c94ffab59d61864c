// SPDX-License-Identifier: Apache-2.0
// The fields of a form to the URL the service understands.

export interface ServerFields {
    protocol: 'imap' | 'pop3';
    security: 'tls' | 'starttls';
    host: string;
    port: string;
    user: string;
    password: string;
}

export function emptyServer(): ServerFields {
    return { protocol: 'imap', security: 'tls', host: '', port: '', user: '', password: '' };
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
