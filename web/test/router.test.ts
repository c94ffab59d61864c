// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { href, parse, type Route } from '../src/router';

describe('router', () => {
    it('leads to the accounts when nothing else is meant', () => {
        for (const hash of ['', '#', '#/', '#/accounts', '#/nonsense', '#/accounts/7?x=1']) {
            expect(parse(hash)).toEqual({ view: 'accounts' });
        }
    });

    it('comes back to where an address was made', () => {
        const routes: Route[] = [
            { view: 'accounts' },
            { view: 'mail', selection: {} },
            {
                view: 'mail',
                selection: { account: 'a/b&c', mailbox: 'Entwürfe 100%', q: 'from:"x y" #1' },
                message: '0123456789abcdef',
            },
            { view: 'mail', selection: { as_of: '2026-01-02' } },
        ];
        for (const route of routes) expect(parse(href(route))).toEqual(route);
    });

    it('takes only an id for a message', () => {
        expect(parse('#/mail/../../etc')).toEqual({ view: 'mail', selection: {} });
        expect(parse('#/mail/ABCDEF0123')).toEqual({ view: 'mail', selection: {} });
    });

    it('drops what it does not know and what is empty', () => {
        expect(parse('#/mail?x=1&q=&mailbox=INBOX')).toEqual({
            view: 'mail',
            selection: { mailbox: 'INBOX' },
        });
    });
});
