// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { beginningOfPerson, withPeople } from '../src/completion';

describe('a search that is being typed', () => {
    it('begins a person behind a field of people only', () => {
        expect(beginningOfPerson('from:zo')).toBe('zo');
        expect(beginningOfPerson('report -to:zo')).toBe('zo');
        expect(beginningOfPerson('(CC:ann')).toBe('ann');
        for (const text of ['', 'zo', 'from:', 'from:z', 'from:zo ', 'subject:zo', 'xfrom:zo', 'from:"zo q'])
            expect(beginningOfPerson(text), text).toBeNull();
    });

    it('is completed by people, what stands before them being kept', () => {
        const people = [
            { name: 'Zoë', address: 'zoe@example.org', messages: 2 },
            { name: null, address: 'zo@example.net', messages: 1 },
        ];
        expect(withPeople('report from:zo', people)).toEqual([
            { value: 'report from:zoe@example.org', label: 'Zoë <zoe@example.org>' },
            { value: 'report from:zo@example.net', label: 'zo@example.net' },
        ]);
        expect(withPeople('zo', people)).toEqual([]);
    });
});
