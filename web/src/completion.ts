// SPDX-License-Identifier: Apache-2.0
// What may be meant by a search that is still being typed.
import type { Address } from './types';

const person = /(^|.*[\s(-])((?:from|to|cc|bcc):)([^\s"()*:]{2,})$/i;

/** The beginning of a person, where one is typed: the last word, behind a field of people. */
export function beginningOfPerson(text: string): string | null {
    return person.exec(text)?.[3] ?? null;
}

/** The search with each of the people in place of that beginning. */
export function withPeople(text: string, people: Address[]): { value: string; label: string }[] {
    const typed = person.exec(text);
    if (!typed) return [];
    return people.map(({ name, address }) => ({
        value: `${typed[1] ?? ''}${typed[2] ?? ''}${address}`,
        label: name ? `${name} <${address}>` : address,
    }));
}
