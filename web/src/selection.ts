// SPDX-License-Identifier: Apache-2.0
import { t } from './i18n/index.svelte';
import type { Selection } from './router';

/** What is chosen, in words. */
export function described(selection: Selection): string {
    const parts: string[] = [];
    if (selection.account) parts.push(t('restore.account', { name: selection.account }));
    if (selection.mailbox) parts.push(t('restore.mailbox', { name: selection.mailbox }));
    if (selection.q) parts.push(t('restore.query', { q: selection.q }));
    if (selection.as_of) parts.push(t('restore.as_of', { date: selection.as_of }));
    return parts.length > 0 ? parts.join(', ') : t('restore.everything');
}
