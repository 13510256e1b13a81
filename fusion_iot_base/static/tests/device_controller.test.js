import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { advanceTime } from "@odoo/hoot-mock";
import { reactive } from "@odoo/owl";
import { allowTranslations } from "@web/../tests/web_test_helpers";
import { Commands, ENDED } from "@fusion_iot_base/device/commands_service";
import { Devices } from "@fusion_iot_base/device/devices_service";
import { Clock } from "@fusion_iot_base/live/clock_service";
import { LiveService } from "@fusion_iot_base/live/live_service";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";
import { MockBus } from "@fusion_iot_base/../tests/live_helpers";

describe.current.tags("headless");

const DEVICE = 7;

let bus;
let monitoring;
let devices;
let channels;
let events;
let call;
let heard;

function row(value, second, values = {}) {
    const at = `2026-03-01 10:00:${String(second).padStart(2, "0")}`;
    return { channel: "t:0", quantity: "temperature", serial: "", unit: "°C", value, quality: "good", at, ...values };
}

function scan(value) {
    return { value, result: null, status: "", at: "2026-03-01 10:00:05" };
}

beforeEach(() => {
    bus = new MockBus();
    monitoring = reactive({ isConnectionLost: false });
    channels = [row(87.5, 1)];
    events = [];
    heard = [];
    call = async (_model, _method, [identifiers, known]) => {
        expect.step(`listen ${identifiers}`);
        const isKnown = "probe" in known;
        const told = {
            id: DEVICE,
            channels,
            last_event: events.length,
            events: isKnown ? events.slice(known.probe) : [],
        };
        return identifiers.includes("probe") ? { probe: told } : {};
    };
    const orm = {
        call: (...args) => call(...args),
        search: async (_model, [[_field, _operator, name]]) => (name === "probe" ? [DEVICE] : []),
        silent: { call: (...args) => call(...args) },
    };
    devices = new Devices(orm, new LiveService(bus, monitoring, new Clock()), monitoring, new Commands(orm, bus));
});

function listen(name = "probe") {
    return devices.of(name).addListener(({ value, at }) => heard.push([value, at.second]));
}

test("a listener hears what is known, then what is new, and nothing twice", async () => {
    const stop = listen();
    await advanceTime(10);
    expect(heard).toEqual([[87.5, 1]]);
    channels = [row(88, 2), row(3, 2, { channel: "t:1" })];
    bus.nudge({ kind: "device", device_ids: [DEVICE] });
    await advanceTime(200);
    expect(heard.slice(1)).toEqual([
        [88, 2],
        [3, 2],
    ]);
    bus.nudge({ kind: "device", device_ids: [DEVICE] });
    await advanceTime(200);
    expect(heard).toHaveLength(3);
    expect.verifySteps(["listen probe", "listen probe", "listen probe"]);
    stop();
});

test("what a device says by itself is heard once, and not what it said before", async () => {
    channels = [];
    events = [scan("before")];
    const listenAll = () => devices.of("probe").addListener(({ kind, value, at }) => heard.push([kind, value, at.second]));
    let stop = listenAll();
    await advanceTime(10);
    expect(heard).toEqual([]);
    events = [...events, scan("4006381333931"), scan("4006381333931")];
    bus.nudge({ kind: "device", device_ids: [DEVICE] });
    await advanceTime(200);
    bus.nudge({ kind: "device", device_ids: [DEVICE] });
    await advanceTime(1000);
    expect(heard).toEqual(Array(2).fill(["event", "4006381333931", 5]));
    stop();
    events = [...events, scan("while nobody listened")];
    stop = listenAll();
    await advanceTime(200);
    expect(heard).toHaveLength(2);
    stop();
    expect.verifySteps(Array(4).fill("listen probe"));
});

test("nothing is asked for what others listen to, nor when nobody listens any more", async () => {
    const stop = listen();
    await advanceTime(10);
    bus.nudge({ kind: "device", device_ids: [DEVICE + 1] });
    await advanceTime(200);
    expect.verifySteps(["listen probe"]);
    stop();
    stop();
    channels = [row(88, 2)];
    bus.nudge({ kind: "device", device_ids: [DEVICE] });
    await advanceTime(100_000);
    expect.verifySteps([]);
    expect(heard).toEqual([[87.5, 1]]);
});

test("it listens on without a word from the server, and is asked again in time", async () => {
    const stop = listen();
    await advanceTime(10);
    channels = [row(89, 30)];
    await advanceTime(30_000);
    expect(heard).toEqual([
        [87.5, 1],
        [89, 30],
    ]);
    expect.verifySteps(["listen probe", "listen probe"]);
    stop();
});

test("without a websocket the values are fetched every two seconds", async () => {
    const stop = listen();
    await advanceTime(10);
    monitoring.isConnectionLost = true;
    for (const second of [2, 4, 6]) {
        channels = [row(80 + second, second)];
        await advanceTime(2000);
    }
    expect(heard.map(([value]) => value)).toEqual([87.5, 82, 84, 86]);
    monitoring.isConnectionLost = false;
    await advanceTime(2000);
    expect.verifySteps(Array(heard.length + 1).fill("listen probe"));
    await advanceTime(20_000);
    expect.verifySteps([]);
    stop();
});

test("two listeners are one request, each of them hears everything, and a broken one disturbs nobody", async () => {
    expect.errors(1);
    const stopBroken = devices.of("probe").addListener(() => {
        throw new Error("broken listener");
    });
    const stop = listen();
    await advanceTime(10);
    expect(heard).toEqual([[87.5, 1]]);
    expect.verifySteps(["listen probe"]);
    expect.verifyErrors(["broken listener"]);
    stopBroken();
    stop();
});

const COMMAND = 31;

/** The outcomes that the server tells, one after the other, of the one command that there is. */
function tells(...outcomes) {
    call = async (...args) => {
        expect.step(args);
        return args[1] === "send_action" ? COMMAND : [{ id: COMMAND, answer: "", result: null, ...outcomes.shift() }];
    };
}

test("an action goes to the device and its answer comes back", async () => {
    tells({ state: "sent" }, { state: "done", result: { weight: 12 } });
    const answer = devices.of("probe").action({ action: "read_once", unit: "kg" }, { timeout: 8 });
    await advanceTime(100);
    bus.send(ENDED, { ids: [COMMAND + 1] });
    await advanceTime(100);
    const asked = ["iot.command", "outcome", [[COMMAND]]];
    expect.verifySteps([["iot.device", "send_action", [[DEVICE], "read_once", { unit: "kg" }, 8]], asked]);
    bus.send(ENDED, { ids: [COMMAND] });
    expect(await answer).toEqual({ weight: 12 });
    expect.verifySteps([asked]);
});

test("an answer that nobody pushes is found all the same", async () => {
    tells({ state: "queued" }, { state: "sent" }, { state: "sent" }, { state: "done", result: 7 });
    let answer;
    devices.of("probe").action({ action: "count" }).then((found) => (answer = found));
    for (const pause of [10, 500, 1000, 1900]) {
        await advanceTime(pause);
        expect(answer).toBe(undefined);
    }
    await advanceTime(200);
    expect(answer).toBe(7);
    expect.verifySteps([
        ["iot.device", "send_action", [[DEVICE], "count", {}, 5]],
        ...Array(4).fill(["iot.command", "outcome", [[COMMAND]]]),
    ]);
});

test("what became of it is said where it was not done", async () => {
    for (const state of ["failed", "expired"]) {
        tells({ state, answer: `${state}: out of paper` });
        const said = await devices.of("probe").action({ action: "print" }).catch((error) => [error.name, error.message]);
        expect(said).toEqual(["DeviceError", `${state}: out of paper`]);
        expect.verifySteps([
            ["iot.device", "send_action", [[DEVICE], "print", {}, 5]],
            ["iot.command", "outcome", [[COMMAND]]],
        ]);
    }
});

test("an action that fails says why", async () => {
    allowTranslations();
    const said = () => devices.of("probe").action({ action: "print" }).catch((error) => [error.name, error.message]);
    call = async () => {
        throw Object.assign(new RPCError(), { data: { message: "Box 1 is not connected." } });
    };
    expect(await said()).toEqual(["DeviceError", "Box 1 is not connected."]);
    call = async () => {
        throw new ConnectionLostError("/web");
    };
    expect(await said()).toEqual(["DeviceError", "The server cannot be reached."]);
    const missing = await devices.of("nobody").action({ action: "print" }).catch((error) => error.message);
    expect(missing).toBe("There is no device nobody.");
});
