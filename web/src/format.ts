// SPDX-License-Identifier: Apache-2.0
// Numbers, sizes, dates and addresses for people.

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** 1234567 as "1.2 MB". */
export function size(octets: number, locale: string): string {
    let value = octets;
    let unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
        value /= 1000;
        unit += 1;
    }
    return new Intl.NumberFormat(locale, {
        style: 'unit',
        unit: units[unit] ?? 'byte',
        unitDisplay: unit === 0 ? 'long' : 'short',
        maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0,
    }).format(value);
}

export function count(value: number, locale: string): string {
    return new Intl.NumberFormat(locale).format(value);
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
    ['year', 31_536_000],
    ['month', 2_592_000],
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
];

/** "5 minutes ago", "in 2 hours"; "now" within a minute. */
export function relative(at: string, now: Date, locale: string): string {
    const seconds = (Date.parse(at) - now.getTime()) / 1000;
    const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
    for (const [unit, length] of steps) {
        if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
    }
    return format.format(0, 'second');
}

export function moment(at: string, locale: string): string {
    return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(
        new Date(at),
    );
}

/** As short as a list allows: the time of today, the day of this year, else the date. */
export function short(at: string, now: Date, locale: string): string {
    const date = new Date(at);
    if (date.toDateString() === now.toDateString()) {
        return date.toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' });
    }
    return date.getFullYear() === now.getFullYear()
        ? date.toLocaleDateString(locale, { day: 'numeric', month: 'short' })
        : date.toLocaleDateString(locale, { day: 'numeric', month: 'short', year: 'numeric' });
}

/** `Ada Lovelace <ada@example.org>` as "Ada Lovelace"; the address when there is no name. */
export function person(address: string): string {
    const name = /^\s*"?([^"<]*?)"?\s*</.exec(address)?.[1];
    return name || address.replace(/[<>]/g, '').trim();
}
