// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as api from '../src/api';

type Call = [string, RequestInit];

function answering(status: number, body: unknown) {
    const fetched = vi.fn<(address: string, request: RequestInit) => Promise<Response>>(() =>
        Promise.resolve(
            new Response(status === 204 ? null : JSON.stringify(body), { status }),
        ),
    );
    vi.stubGlobal('fetch', fetched);
    return fetched;
}

afterEach(() => {
    vi.unstubAllGlobals();
});

const session = { user: 'ada', csrf: 'token', expires: '2026-01-01T00:00:00Z' };

describe('api', () => {
    it('sends the token of the session with every write, and with writes only', async () => {
        answering(200, session);
        await api.signIn('ada', 'secret');
        const fetched = answering(202, { id: 7 });
        await api.backUp(3);
        const [address, request] = fetched.mock.calls[0] as Call;
        expect(address).toBe('api/v1/accounts/3/backup');
        expect(request.headers).toMatchObject({ 'X-CSRF-Token': 'token' });
        const reading = answering(200, { items: [], next: null });
        await api.status();
        expect((reading.mock.calls[0] as Call)[1].headers).not.toHaveProperty('X-CSRF-Token');
    });

    it('turns a problem into an error with its hint', async () => {
        answering(409, { code: 'conflict', detail: 'taken', hint: 'another one' });
        await expect(api.backUp(1)).rejects.toMatchObject({
            status: 409,
            code: 'conflict',
            message: 'taken',
            hint: 'another one',
        });
    });

    it('survives an answer that is no JSON', async () => {
        vi.stubGlobal('fetch', () => Promise.resolve(new Response('<html>', { status: 502 })));
        await expect(api.status()).rejects.toMatchObject({ status: 502, code: 'internal' });
    });

    it('says that the service is away', async () => {
        vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')));
        await expect(api.status()).rejects.toMatchObject({ code: 'offline' });
    });

    it('tells when the session has ended, but not of a wrong password', async () => {
        const signedOut = vi.fn();
        api.onSignedOut(signedOut);
        answering(401, { code: 'authentication' });
        await expect(api.signIn('ada', 'wrong')).rejects.toThrow();
        expect(signedOut).not.toHaveBeenCalled();
        await expect(api.status()).rejects.toThrow();
        expect(signedOut).toHaveBeenCalledOnce();
    });

    it('asks for the next page of the same question', async () => {
        const fetched = answering(200, { items: [], next: null, total: 0, total_is_exact: true });
        await api.messages({ mailbox: 'A&B', q: 'x y' }, 'c/1');
        expect((fetched.mock.calls[0] as Call)[0]).toBe(
            'api/v1/messages?mailbox=A%26B&q=x+y&limit=50&cursor=c%2F1',
        );
    });

    it('asks for the words around hits only when told so', async () => {
        const fetched = answering(200, { items: [], next: null, total: 0, total_is_exact: true });
        await api.messages({ q: 'x' }, null, true);
        expect((fetched.mock.calls[0] as Call)[0]).toBe(
            'api/v1/messages?q=x&limit=50&snippets=true',
        );
    });

    it('asks in the order that was chosen, and exports without one', async () => {
        const fetched = answering(200, { items: [], next: null, total: 0, total_is_exact: true });
        await api.messages({ q: 'x', sort: 'relevance' }, null);
        expect((fetched.mock.calls[0] as Call)[0]).toBe(
            'api/v1/messages?q=x&sort=relevance&limit=50',
        );
        expect(api.exportAddress({ q: 'x', sort: 'relevance' }, 'eml', 'zip')).toBe(
            'api/v1/exports?q=x&format=eml&packing=zip',
        );
    });

    it('asks how a search that is being typed may go on', async () => {
        const items = [{ query: 'a from:', label: 'from:alice@example.org' }];
        const fetched = answering(200, { items, next: null });
        expect(await api.completions('a fr')).toEqual(items);
        expect((fetched.mock.calls[0] as Call)[0]).toBe('api/v1/completions?q=a+fr&limit=12');
    });

    it('takes an answer without a body', async () => {
        answering(204, null);
        await expect(api.signOut()).resolves.toBeUndefined();
    });
});
