import { describe, expect, test } from "@odoo/hoot";
import { RefreshLoop } from "@fusion_iot_base/live/refresh_loop";

describe.current.tags("headless");

/** A clock that only moves when it is told to. */
class Bench {
    constructor(params = {}) {
        this.time = 0;
        this.pending = new Map();
        this.handles = 0;
        this.runs = [];
        this.settled = [];
        this.loop = new RefreshLoop({
            run: () =>
                new Promise((resolve, reject) => {
                    this.runs.push({ at: this.time, resolve, reject });
                }),
            now: () => this.time,
            coalesce: 400,
            timers: {
                set: (callback, ms) => {
                    this.pending.set(++this.handles, { callback, at: this.time + ms });
                    return this.handles;
                },
                clear: (handle) => this.pending.delete(handle),
            },
            onSettled: (error, result) => this.settled.push(error ? error.message : result),
            ...params,
        });
    }

    async advance(ms) {
        const end = this.time + ms;
        for (;;) {
            const due = [...this.pending].filter(([, timer]) => timer.at <= end);
            if (!due.length) {
                break;
            }
            due.sort(([, left], [, right]) => left.at - right.at);
            const [handle, timer] = due[0];
            this.pending.delete(handle);
            this.time = timer.at;
            timer.callback();
            await settle();
        }
        this.time = end;
    }

    async answer(result = true) {
        this.runs.at(-1).resolve(result);
        await settle();
    }

    async fail(message) {
        this.runs.at(-1).reject(new Error(message));
        await settle();
    }

    get times() {
        return this.runs.map((run) => run.at);
    }
}

async function settle() {
    for (let i = 0; i < 5; i++) {
        await Promise.resolve();
    }
}

test("many nudges make one fetch, 400 ms after the first", async () => {
    const bench = new Bench();
    bench.loop.start();
    bench.loop.nudge();
    await bench.advance(300);
    bench.loop.nudge();
    await bench.advance(99);
    expect(bench.times).toEqual([]);
    await bench.advance(1);
    expect(bench.times).toEqual([400]);
});

test("one fetch in flight; nudges meanwhile make exactly one more", async () => {
    const bench = new Bench();
    bench.loop.start();
    bench.loop.nudge();
    await bench.advance(400);
    bench.loop.nudge();
    bench.loop.nudge();
    await bench.advance(5000);
    expect(bench.times).toEqual([400]);
    await bench.answer();
    await bench.advance(400);
    expect(bench.times).toEqual([400, 5800]);
    await bench.answer();
    await bench.advance(10_000);
    expect(bench.times).toEqual([400, 5800]);
});

test("polls every 30 s counted from the last fetch", async () => {
    const bench = new Bench();
    bench.loop.start();
    await bench.advance(30_000);
    await bench.answer();
    expect(bench.times).toEqual([30_000]);
    await bench.advance(29_999);
    expect(bench.times).toEqual([30_000]);
    await bench.advance(1);
    expect(bench.times).toEqual([30_000, 60_000]);
});

test("a failed attempt is told and tried again sooner than the poll", async () => {
    const bench = new Bench();
    bench.loop.start();
    bench.loop.refresh();
    await bench.advance(0);
    await bench.fail("gone");
    expect(bench.settled).toEqual(["gone"]);
    await bench.advance(10_000);
    expect(bench.times).toEqual([0, 10_000]);
    await bench.answer("back");
    expect(bench.settled).toEqual(["gone", "back"]);
});

test("rests while paused and catches up at once when resumed", async () => {
    const bench = new Bench();
    bench.loop.start();
    bench.loop.pause();
    bench.loop.nudge();
    await bench.advance(120_000);
    expect(bench.times).toEqual([]);
    bench.loop.resume();
    await bench.advance(0);
    expect(bench.times).toEqual([120_000]);
});

test("an answer that arrives while paused does not start the timers again", async () => {
    const bench = new Bench();
    bench.loop.start();
    bench.loop.refresh();
    await bench.advance(0);
    bench.loop.pause();
    await bench.answer();
    await bench.advance(120_000);
    expect(bench.times).toEqual([0]);
});

test("keeps the shortest time between two fetches", async () => {
    const bench = new Bench({ minInterval: () => 5000 });
    bench.loop.start();
    await bench.advance(10_000);
    bench.loop.nudge();
    await bench.advance(400);
    await bench.answer();
    bench.loop.nudge();
    await bench.advance(4999);
    expect(bench.times).toEqual([10_400]);
    await bench.advance(1);
    expect(bench.times).toEqual([10_400, 15_400]);
});

test("what is not worth a fetch before is not polled before either", async () => {
    const bench = new Bench({ minInterval: () => 60_000 });
    bench.loop.start();
    await bench.advance(30_000);
    await bench.answer();
    await bench.advance(59_999);
    expect(bench.times).toEqual([30_000]);
    await bench.advance(1);
    expect(bench.times).toEqual([30_000, 90_000]);
});

test("after stop nothing happens, not even the answer under way", async () => {
    const bench = new Bench();
    bench.loop.start();
    bench.loop.refresh();
    await bench.advance(0);
    bench.loop.stop();
    await bench.answer();
    bench.loop.nudge();
    await bench.advance(120_000);
    expect(bench.times).toEqual([0]);
    expect(bench.settled).toEqual([]);
    expect(bench.pending.size).toBe(0);
});
