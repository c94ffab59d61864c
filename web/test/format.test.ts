// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { person, relative, size } from '../src/format';
import { emptyServer, serverOf, urlOf } from '../src/server-url';
import { treeOf } from '../src/tree';
import type { Mailbox } from '../src/types';

describe('format', () => {
    it('writes sizes in steps of a thousand', () => {
        expect(size(0, 'en')).toBe('0 bytes');
        expect(size(999, 'en')).toBe('999 bytes');
        expect(size(1234, 'en')).toBe('1.2 kB');
        expect(size(56_789_000, 'en')).toBe('57 MB');
        expect(size(5e15, 'en')).toBe('5,000 TB');
    });

    it('tells time from now', () => {
        const now = new Date('2026-01-02T12:00:00Z');
        expect(relative('2026-01-02T11:55:00Z', now, 'en')).toBe('5 minutes ago');
        expect(relative('2026-01-02T14:30:00Z', now, 'en')).toBe('in 2 hours');
        expect(relative('2026-01-01T11:00:00Z', now, 'en')).toBe('yesterday');
        expect(relative('2026-01-02T12:00:20Z', now, 'en')).toBe('now');
    });

    it('shows a name where there is one', () => {
        expect(person('Ada Lovelace <ada@example.org>')).toBe('Ada Lovelace');
        expect(person('"Lovelace, Ada" <ada@example.org>')).toBe('Lovelace, Ada');
        expect(person('<ada@example.org>')).toBe('ada@example.org');
        expect(person('ada@example.org')).toBe('ada@example.org');
        expect(person('')).toBe('');
    });
});

describe('server URL', () => {
    it('keeps the @ of a user and encodes the rest', () => {
        const server = { ...emptyServer(), user: ' ada/b@example.org ', host: 'mail.example.org' };
        expect(urlOf(server)).toBe('imaps://ada%2Fb@example.org@mail.example.org');
    });

    it('takes a fingerprint as people copy it', () => {
        const server = { ...emptyServer(), user: 'u', host: 'h', password: 'p' };
        expect(serverOf(server)).toEqual({ url: 'imaps://u@h', password: 'p' });
        expect(serverOf({ ...server, fingerprint: ' AB:cd:01 ' })).toMatchObject({
            tls_fingerprint: 'abcd01',
        });
    });

    it('tells STARTTLS by the plain scheme and puts IPv6 in brackets', () => {
        const server = { ...emptyServer(), protocol: 'pop3' as const, security: 'starttls' as const };
        expect(urlOf({ ...server, user: 'u', host: '::1', port: '1110' })).toBe(
            'pop3://u@[::1]:1110',
        );
    });
});

function mailbox(name: string, messages = 1, isGone = false): Mailbox {
    return {
        id: 1,
        account: 'home',
        name,
        delimiter: '/',
        is_gone: isGone,
        messages,
        unread: 0,
        size: 0,
        completeness: null,
        quarantined: [],
    };
}

describe('tree', () => {
    it('puts INBOX first and children below their parents', () => {
        const tree = treeOf([mailbox('Work/b'), mailbox('Work/a10'), mailbox('Work/a9'), mailbox('INBOX')], 'en');
        expect(tree.map((branch) => branch.label)).toEqual(['INBOX', 'Work']);
        expect(tree[1]?.mailbox).toBeNull();
        expect(tree[1]?.branches.map((branch) => branch.label)).toEqual(['a9', 'a10', 'b']);
    });

    it('leaves out what is gone and empty', () => {
        expect(treeOf([mailbox('Old', 0, true)], 'en')).toEqual([]);
        expect(treeOf([mailbox('Old', 2, true)], 'en')).toHaveLength(1);
    });
});
