// SPDX-License-Identifier: Apache-2.0
// Addresses of the page, all behind '#', so that the server knows one page only and the service may
// stand below any path.

/** What a list of messages is narrowed to. */
export interface Selection {
    account?: string;
    mailbox?: string;
    q?: string;
    as_of?: string;
    /** In which order, where it is not the usual one: "relevance". */
    sort?: string;
}

export type Route =
    | { view: 'accounts' }
    | { view: 'mail'; selection: Selection; message?: string };

const selectionKeys = ['account', 'mailbox', 'q', 'as_of', 'sort'] as const;

/** Anything that cannot be read leads to the accounts. */
export function parse(hash: string): Route {
    const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?', 2);
    const [view, message] = path.split('/');
    if (view !== 'mail') return { view: 'accounts' };
    const parameters = new URLSearchParams(query);
    const selection: Selection = {};
    for (const key of selectionKeys) {
        const value = parameters.get(key);
        if (value) selection[key] = value;
    }
    return message && /^[0-9a-f]{8,64}$/.test(message)
        ? { view: 'mail', selection, message }
        : { view: 'mail', selection };
}

export function href(route: Route): string {
    if (route.view === 'accounts') return '#/accounts';
    const query = queryOf(route.selection).toString();
    return `#/mail${route.message ? `/${route.message}` : ''}${query ? `?${query}` : ''}`;
}

export function queryOf(selection: Selection): URLSearchParams {
    const query = new URLSearchParams();
    for (const key of selectionKeys) {
        const value = selection[key];
        if (value) query.set(key, value);
    }
    return query;
}
