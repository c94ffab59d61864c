// SPDX-License-Identifier: Apache-2.0
// What several views look at: where the page is, and how runs get on.
import * as api from './api';
import { parse, type Route } from './router';
import type { Run } from './types';

let here = $state<Route>(parse(location.hash));
addEventListener('hashchange', () => {
    here = parse(location.hash);
});

export const route = () => here;

/** Seconds between two looks at /runs while something is under way, and otherwise. */
const busyPace = 2;
const idlePace = 20;

/**
 * Runs by id. Events are only a hint: the list is fetched again whenever the stream breaks, and now
 * and then while there is none.
 */
class LiveRuns {
    byId = $state<Record<number, Run>>({});
    /** Grows whenever a run has ended: what is shown of accounts and mail is old then. */
    ended = $state(0);
    #source: EventSource | null = null;
    #timer: ReturnType<typeof setTimeout> | undefined;

    start(): void {
        this.stop();
        void this.refresh();
        this.#source = new EventSource(`${api.root}/events`);
        this.#source.addEventListener('run', (event) => {
            this.#take(JSON.parse(event.data as string) as Run);
        });
    }

    stop(): void {
        this.#source?.close();
        this.#source = null;
        clearTimeout(this.#timer);
        this.byId = {};
    }

    async refresh(): Promise<void> {
        clearTimeout(this.#timer);
        try {
            for (const run of await api.runs()) this.#take(run);
        } catch {
            // The next look may succeed; views tell of the service being away.
        }
        const isBusy = Object.values(this.byId).some((run) => run.state === 'running');
        const isStreaming = this.#source?.readyState === EventSource.OPEN;
        if (!this.#source) return;
        const pace = isBusy && !isStreaming ? busyPace : idlePace;
        this.#timer = setTimeout(() => void this.refresh(), pace * 1000);
    }

    of(account: number): Run | undefined {
        return Object.values(this.byId).find(
            (run) => run.account_id === account && run.state === 'running',
        );
    }

    #take(run: Run): void {
        const known = this.byId[run.id];
        if (known && known.state !== 'running' && run.state === 'running') return;
        if (known?.state === 'running' && run.state !== 'running') this.ended += 1;
        this.byId[run.id] = run;
    }
}

export const liveRuns = new LiveRuns();
