// SPDX-License-Identifier: Apache-2.0
// Words of the page. A key ending in _one/_other is chosen by the number n.
import en from './en.json';
import fr from './fr.json';

export type Key = keyof typeof en;
type Stem<Name> = Name extends `${infer Start}_one` ? Start : never;
export type CountedKey = Stem<Key>;

const catalogues: Record<string, Record<Key, string>> = { en, fr };
export const locales = Object.keys(catalogues);
const storageKey = 'mailkeep.locale';

function firstLocale(): string {
    const wished = [localStorage.getItem(storageKey), ...navigator.languages];
    return wished.map((each) => each?.slice(0, 2) ?? '').find((each) => each in catalogues) ?? 'en';
}

let current = $state(firstLocale());

export const locale = () => current;

export function setLocale(locale: string): void {
    current = locale in catalogues ? locale : 'en';
    localStorage.setItem(storageKey, current);
    document.documentElement.lang = current;
}

export function t(key: Key, values: Record<string, string | number> = {}): string {
    return fill((catalogues[current] ?? en)[key], values);
}

/** The form of a counted text for n; {n} is n in the reader's digits. */
export function tn(key: CountedKey, n: number): string {
    const form = new Intl.PluralRules(current).select(n) === 'one' ? 'one' : 'other';
    return t(`${key}_${form}` as Key, { n: new Intl.NumberFormat(current).format(n) });
}

function fill(text: string, values: Record<string, string | number>): string {
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
