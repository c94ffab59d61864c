// SPDX-License-Identifier: Apache-2.0
// The only place that talks to the service.
import { queryOf, type Selection } from './router';
import type {
    Account,
    Completion,
    List,
    ListedMessage,
    Mailbox,
    Message,
    MessagePage,
    NewAccount,
    NewImport,
    NewRestore,
    RestoreReport,
    Run,
    Server,
    ServerReport,
    Session,
    Status,
} from './types';

export const root = 'api/v1';

/** What the service says went wrong (RFC 9457). Code "offline": it says nothing at all. */
export class Problem extends Error {
    constructor(
        readonly status: number,
        readonly code: string,
        detail: string,
        readonly hint: string | null,
    ) {
        super(detail);
    }
}

let csrf = '';
let signedOut = () => {};

/** Called when the service no longer knows who is asking. */
export function onSignedOut(callback: () => void): void {
    signedOut = callback;
}

export async function call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (method !== 'GET') headers['X-CSRF-Token'] = csrf;
    const request: RequestInit = { method, headers };
    if (body instanceof Blob) {
        headers['Content-Type'] = 'application/octet-stream';
        request.body = body;
    } else if (body !== undefined) {
        headers['Content-Type'] = 'application/json';
        request.body = JSON.stringify(body);
    }
    let response: Response;
    try {
        response = await fetch(`${root}${path}`, request);
    } catch {
        throw new Problem(0, 'offline', '', null);
    }
    if (response.status === 204) return undefined as Answer;
    const answer: unknown = await response.json().catch(() => null);
    if (!response.ok) {
        const problem = problemFrom(response.status, answer);
        if (response.status === 401 && path !== '/session' && path !== '/setup') signedOut();
        throw problem;
    }
    return answer as Answer;
}

function problemFrom(status: number, answer: unknown): Problem {
    const told = (answer ?? {}) as { code?: string; detail?: string; hint?: string | null };
    return new Problem(status, told.code ?? 'internal', told.detail ?? '', told.hint ?? null);
}

function remember(session: Session): Session {
    csrf = session.csrf;
    return session;
}

export async function currentSession(): Promise<Session | { needs_setup: boolean }> {
    const answer = await call<Session | { needs_setup: boolean }>('GET', '/session');
    return 'user' in answer ? remember(answer) : answer;
}

export async function signIn(user: string, password: string): Promise<Session> {
    return remember(await call<Session>('POST', '/session', { user, password }));
}

export async function setUp(code: string, user: string, password: string): Promise<Session> {
    return remember(await call<Session>('POST', '/setup', { code, user, password }));
}

export const signOut = () => call<void>('DELETE', '/session');

export const status = () => call<Status>('GET', '/stats');

export const addAccount = (account: NewAccount) => call<Account>('POST', '/accounts', account);
export const removeAccount = (id: number) => call<void>('DELETE', `/accounts/${id}`);
export const testServer = (server: Server) =>
    call<ServerReport>('POST', '/accounts/test', server);
export const backUp = (id: number) => call<{ id: number }>('POST', `/accounts/${id}/backup`);

export const acceptLosses = (id: number) =>
    call<{ accepted: number }>('POST', `/accounts/${id}/accept`);

export const runs = async () => (await call<List<Run>>('GET', '/runs?limit=20')).items;
export const run = (id: number) => call<Run>('GET', `/runs/${id}`);
export const cancelRun = (id: number) => call<{ id: number }>('POST', `/runs/${id}/cancel`);
export const restoreReport = (run: number) =>
    call<RestoreReport>('GET', `/runs/${run}/restore`);
export const restore = (request: NewRestore) => call<{ id: number }>('POST', '/restores', request);

const pieceOctets = 1 << 20;

/** Sends a file of any size, piece by piece; returns what an import calls it. */
export async function upload(file: File, sent: (octets: number) => void): Promise<string> {
    const { upload: id } = await call<{ upload: string }>('POST', '/uploads', { name: file.name });
    for (let at = 0; at < file.size; at += pieceOctets) {
        await call('POST', `/uploads/${id}?at=${at}`, file.slice(at, at + pieceOctets));
        sent(Math.min(at + pieceOctets, file.size));
    }
    return id;
}

export const importMail = (request: NewImport) => call<{ id: number }>('POST', '/imports', request);

export async function mailboxes(asOf: string | undefined): Promise<Mailbox[]> {
    const query = queryOf(asOf ? { as_of: asOf } : {});
    return (await call<List<Mailbox>>('GET', `/mailboxes?${query}`)).items;
}

export function messages(
    selection: Selection,
    cursor: string | null,
    snippets = false,
): Promise<MessagePage> {
    const query = queryOf(selection);
    query.set('limit', '50');
    if (snippets) query.set('snippets', 'true');
    if (cursor) query.set('cursor', cursor);
    return call<MessagePage>('GET', `/messages?${query}`);
}

export const message = (id: string) => call<Message>('GET', `/messages/${id}`);
export const completions = async (query: string) =>
    (await call<List<Completion>>('GET', `/completions?${new URLSearchParams({ q: query, limit: '12' })}`)).items;
export const thread = async (id: string) =>
    (await call<List<ListedMessage>>('GET', `/messages/${id}/thread`)).items;
export type ExportFormat = 'eml' | 'mbox' | 'maildir' | 'attachments';
export type ExportPacking = 'zip' | 'tar.zst' | 'tar.gz';

/** Where a browser downloads what is chosen. */
export function exportAddress(
    selection: Selection,
    format: ExportFormat,
    packing: ExportPacking,
): string {
    const query = queryOf({ ...selection, sort: '' });
    query.set('format', format);
    query.set('packing', packing);
    return `${root}/exports?${query}`;
}

export const rawAddress = (id: string) => `${root}/messages/${id}/raw`;
export const partAddress = (id: string, part: number) => `${root}/messages/${id}/parts/${part}`;
