// SPDX-License-Identifier: Apache-2.0
// Mailboxes as a tree by their delimiter.
import type { Mailbox } from './types';

export interface Branch {
    /** Last component of the name. */
    label: string;
    /** Nothing for a level that is no mailbox itself. */
    mailbox: Mailbox | null;
    branches: Branch[];
}

/** INBOX first, then by name; mailboxes that are gone and empty are left out. */
export function treeOf(mailboxes: Mailbox[], locale: string): Branch[] {
    const root: Branch = { label: '', mailbox: null, branches: [] };
    for (const mailbox of mailboxes) {
        if (mailbox.is_gone && mailbox.messages === 0) continue;
        const levels = mailbox.delimiter ? mailbox.name.split(mailbox.delimiter) : [mailbox.name];
        let branch = root;
        for (const label of levels) branch = childOf(branch, label);
        branch.mailbox = mailbox;
    }
    sort(root, new Intl.Collator(locale, { numeric: true }));
    return root.branches;
}

function childOf(branch: Branch, label: string): Branch {
    const known = branch.branches.find((each) => each.label === label);
    if (known) return known;
    const fresh: Branch = { label, mailbox: null, branches: [] };
    branch.branches.push(fresh);
    return fresh;
}

function sort(branch: Branch, collator: Intl.Collator): void {
    const rank = (each: Branch) => (each.label.toUpperCase() === 'INBOX' ? 0 : 1);
    branch.branches.sort((a, b) => rank(a) - rank(b) || collator.compare(a.label, b.label));
    for (const each of branch.branches) sort(each, collator);
}
