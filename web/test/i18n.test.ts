// SPDX-License-Identifier: Apache-2.0
// Catalogues against each other and against what the source asks for.
import { describe, expect, it } from 'vitest';
import en from '../src/i18n/en.json';
import fr from '../src/i18n/fr.json';

const files = import.meta.glob<string>('../src/**/*.{ts,svelte}', {
    query: '?raw',
    import: 'default',
    eager: true,
});
const source = Object.values(files).join('\n');

const placeholders = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

describe('catalogues', () => {
    it('have the same keys, none of them empty', () => {
        expect(Object.keys(fr)).toEqual(Object.keys(en));
        for (const text of [...Object.values(en), ...Object.values(fr)]) expect(text).not.toBe('');
    });

    it('have the same placeholders', () => {
        for (const key of Object.keys(en) as (keyof typeof en)[]) {
            expect(placeholders(fr[key]), key).toEqual(placeholders(en[key]));
        }
    });

    it('have no text that nobody asks for', () => {
        const computed = /^(run\.(done|partial|failed|cancelled)|watch\.(watching|waiting|stopped)|message\.proof\.(none|read_back|replicated))$/;
        const unused = Object.keys(en).filter((key) => {
            const stem = key.replace(/_(one|other)$/, '');
            return !computed.test(key) && !source.includes(`'${key}'`) && !source.includes(`'${stem}'`);
        });
        expect(unused).toEqual([]);
    });
});
