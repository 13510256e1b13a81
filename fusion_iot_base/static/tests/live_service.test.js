import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { reactive } from "@odoo/owl";
import { patchWithCleanup } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { ConnectionLostError } from "@web/core/network/rpc";
import { Clock } from "@fusion_iot_base/live/clock_service";
import { LiveService } from "@fusion_iot_base/live/live_service";
import { MockBus } from "@fusion_iot_base/../tests/live_helpers";

describe.current.tags("headless");

let bus;
let monitoring;
let live;
let fetches;

beforeEach(() => {
    patchWithCleanup(browser, {
        fetch: async () => ({ headers: new Headers({ Date: new Date().toUTCString() }) }),
    });
    bus = new MockBus();
    monitoring = reactive({ isConnectionLost: false });
    live = new LiveService(bus, monitoring, new Clock());
    fetches = [];
});

function add(name, options, result = async () => true) {
    return live.add(() => {
        fetches.push(name);
        return result();
    }, options);
}

test("only who asked for the kind and the records is refreshed, whatever the records are", async () => {
    const members = [
        add("all"),
        add("readings", { kinds: ["reading"] }),
        add("tank 1", { ids: { tank_ids: () => [1] } }),
        add("tank 2 holds", { kinds: ["hold"], ids: { tank_ids: () => [2] } }),
        add("oven 3 of line 4", { ids: { oven_ids: () => [3], line_ids: () => [4] } }),
        add("any oven", { kinds: ["oven"], ids: { oven_ids: () => [] } }),
    ];
    const refreshed = async (nudge) => {
        fetches = [];
        bus.nudge(nudge);
        await advanceTime(400);
        return fetches;
    };
    const oven = "oven 3 of line 4";
    expect(await refreshed({ kind: "reading", tank_ids: [1] })).toEqual(["all", "readings", "tank 1", oven]);
    expect(await refreshed({ kind: "hold", tank_ids: [] })).toEqual(["all", "tank 1", "tank 2 holds", oven]);
    expect(await refreshed({ kind: "oven", tank_ids: [9], oven_ids: [2] })).toEqual(["all", "any oven"]);
    expect(await refreshed({ kind: "oven", tank_ids: [9], oven_ids: [3], line_ids: [5] })).toEqual(["all", "any oven"]);
    expect(await refreshed({ kind: "oven", tank_ids: [9], oven_ids: [2, 3] })).toEqual(["all", oven, "any oven"]);
    members.forEach((member) => member.stop());
});

test("everything is fetched again after a reconnection", async () => {
    const member = add("values", { kinds: ["reading"] });
    bus.trigger("BUS:RECONNECT");
    await advanceTime(0);
    expect(fetches).toEqual(["values"]);
    member.stop();
});

test("a lost channel is probed, and a working fetch makes it slow, not lost", async () => {
    const member = add("values");
    expect(live.state).toInclude(["busLost", false]);
    monitoring.isConnectionLost = true;
    expect(live.state).toInclude(["busLost", true]);
    expect(live.state).toInclude(["fetchProved", false]);
    await advanceTime(0);
    expect(fetches).toEqual(["values"]);
    expect(live.state).toInclude(["fetchProved", true]);
    member.stop();
    expect(live.state).toInclude(["listeners", 0]);
});

test("a fetch without a connection is shown until one succeeds", async () => {
    let works = false;
    const member = add("values", {}, async () => {
        if (!works) {
            throw new ConnectionLostError("/web");
        }
    });
    const before = live.state.goodAt;
    member.refresh();
    await advanceTime(0);
    await animationFrame();
    expect(live.state).toInclude(["fetchLost", true]);
    expect(live.state.goodAt).toBe(before);
    works = true;
    await advanceTime(10_000);
    await animationFrame();
    expect(live.state).toInclude(["fetchLost", false]);
    expect(live.state.goodAt).toBeGreaterThan(before);
    member.stop();
});

test("values that could not be refreshed keep their time", async () => {
    const member = add("values", {}, async () => false);
    const before = live.state.goodAt;
    await advanceTime(30_000);
    expect(fetches).toEqual(["values"]);
    expect(live.state.goodAt).toBe(before);
    member.stop();
});

test("the clock follows the server when the tablet is wrong", () => {
    const clock = new Clock();
    clock.follow(Date.now() + 900);
    expect(clock.offset).toBe(0);
    clock.follow(Date.now() - 7 * 60_000);
    expect(clock.offset).toBeWithin(-421_000, -419_000);
    clock.follow(NaN);
    expect(clock.offset).toBeWithin(-421_000, -419_000);
});
