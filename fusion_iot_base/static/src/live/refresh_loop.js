/**
 * When to fetch again. One loop belongs to one thing on the screen; it coalesces nudges, keeps
 * at most one request in flight, polls as a safety net, and rests while nobody looks.
 *
 * Nothing is imported: timers come in from outside, so that every rule can be tested alone.
 */
export class RefreshLoop {
    /**
     * @param {Object} params
     * @param {() => Promise<any>} params.run fetches once; its rejection is a failed attempt
     * @param {{set: (callback: () => void, ms: number) => any, clear: (handle: any) => void}} params.timers
     * @param {() => number} params.now milliseconds
     * @param {number} [params.coalesce=100] wait after a nudge, in milliseconds
     * @param {number} [params.pollEvery=30000] longest time between two fetches
     * @param {number} [params.retryEvery=10000] wait after a failed attempt
     * @param {() => number} [params.minInterval] shortest time between two fetches
     * @param {(error: Error | null, result: any) => void} [params.onSettled] told after every attempt
     */
    constructor({
        run,
        timers,
        now,
        coalesce = 100,
        pollEvery = 30000,
        retryEvery = 10000,
        minInterval = () => 0,
        onSettled = () => {},
    }) {
        Object.assign(this, { run, timers, now, coalesce, pollEvery, retryEvery, minInterval, onSettled });
        this.timer = null;
        this.dueAt = Infinity;
        this.finishedAt = now();
        this.inFlight = false;
        this.again = false;
        this.paused = false;
        this.stopped = false;
    }

    /** Starts polling. The caller has just loaded its data, so nothing is fetched yet. */
    start() {
        this._schedule(this.pollEvery);
    }

    /** Something changed: fetch soon. */
    nudge() {
        this._request(this.coalesce);
    }

    /** Fetch as soon as possible (reconnected, shown again, a button). */
    refresh() {
        this._request(0);
    }

    /** Rest: no timer runs and nothing is fetched until `resume`. */
    pause() {
        this.paused = true;
        this._clear();
    }

    /** Look again: what was missed is fetched at once. */
    resume() {
        if (!this.paused) {
            return;
        }
        this.paused = false;
        this.refresh();
    }

    /** Ends the loop for good. */
    stop() {
        this.stopped = true;
        this._clear();
    }

    _request(delay) {
        if (this.stopped || this.paused) {
            return;
        }
        if (this.inFlight) {
            this.again = true;
            return;
        }
        const earliest = this.finishedAt + this.minInterval() - this.now();
        this._schedule(Math.max(delay, earliest));
    }

    /** Sets the timer, unless one that fires earlier is already set. */
    _schedule(delay) {
        if (this.stopped || this.paused) {
            return;
        }
        const dueAt = this.now() + delay;
        if (this.timer !== null && this.dueAt <= dueAt) {
            return;
        }
        this._clear();
        this.dueAt = dueAt;
        this.timer = this.timers.set(() => this._fire(), delay);
    }

    _clear() {
        if (this.timer !== null) {
            this.timers.clear(this.timer);
            this.timer = null;
        }
        this.dueAt = Infinity;
    }

    async _fire() {
        this._clear();
        this.inFlight = true;
        this.again = false;
        let failure = null;
        let result;
        try {
            result = await this.run();
        } catch (error) {
            failure = error;
        }
        this.inFlight = false;
        this.finishedAt = this.now();
        if (this.stopped) {
            return;
        }
        this.onSettled(failure, result);
        this._schedule(Math.max(failure ? this.retryEvery : this.pollEvery, this.minInterval()));
        if (this.again) {
            this._request(this.coalesce);
        }
    }
}
