import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame, Deferred, mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    makeServerError,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { mockServerClock, nudge } from "@fusion_iot_base/../tests/live_helpers";

describe.current.tags("desktop");

class Sample extends models.Model {
    identifier = fields.Char();
    type = fields.Char();
    connected = fields.Boolean();

    _records = [
        { id: 1, identifier: "box/scale", type: "scale", connected: true },
        { id: 2, identifier: "box/scanner", type: "scanner", connected: false },
        { id: 3, identifier: "box/printer", type: "printer", connected: true },
    ];
}

const SEND = ".o_fusion_try_device button";
const ACTION = ".o_fusion_try_device input";
const DATA = ".o_fusion_try_device textarea";
const ANSWER = ".o_fusion_try_answer";

let told;
let sent;
let outcome;

defineMailModels();
defineModels([Sample]);

beforeEach(() => {
    mockDate("2026-03-01 10:00:00", +0);
    told = { id: 7, channels: [], events: [], last_event: 0 };
    sent = [];
    mockServerClock();
    onRpc("iot.device", "listen", ({ args }) => ({ [args[0][0]]: told }));
    onRpc("iot.device", "send_action", ({ args }) => {
        sent.push(args);
        return 5;
    });
    outcome = { id: 5, state: "done", answer: "", result: { weight: 1.5 } };
    onRpc("iot.command", "outcome", () => [outcome]);
});

async function open(resId) {
    await mountView({ type: "form", resModel: "sample", resId, arch: `<form><widget name="fusion_try_device"/></form>` });
    await settle(10);
}

async function settle(ms = 300) {
    await advanceTime(ms);
    await animationFrame();
}

test("an action is sent with what the device is told besides, and its answer is shown", async () => {
    await open(1);
    expect(ACTION).toHaveValue("read_once");
    await contains(DATA).edit('{"unit": "kg"}');
    await contains(SEND).click();
    await settle();
    expect(sent).toEqual([[[7], "read_once", { unit: "kg" }, 5]]);
    expect(JSON.parse(document.querySelector(ANSWER).textContent)).toEqual({ weight: 1.5 });
    expect(ANSWER).not.toHaveClass("text-danger");
});

test("what one device answered is not shown for the next one", async () => {
    const answer = new Deferred();
    onRpc("iot.device", "send_action", () => answer);
    await mountView({
        type: "form",
        resModel: "sample",
        resId: 1,
        resIds: [1, 3],
        arch: `<form><widget name="fusion_try_device"/></form>`,
    });
    await settle(10);
    await contains(SEND).click();
    await contains(".o_pager_next").click();
    await settle();
    expect(ACTION).toHaveValue("status");
    answer.resolve(5);
    await settle();
    expect(ANSWER).toHaveCount(0);
    await contains(SEND).click();
    await settle();
    expect(ANSWER).toHaveCount(1);
    await contains(".o_pager_previous").click();
    await settle();
    expect(ACTION).toHaveValue("read_once");
    expect(ANSWER).toHaveCount(0);
});

test("what cannot be sent is said before it is sent", async () => {
    await open(1);
    for (const wrong of ["{", "[1]", "7", "null"]) {
        await contains(DATA).edit(wrong);
        await contains(SEND).click();
        await animationFrame();
        expect(ANSWER).toHaveClass("text-danger");
    }
    expect(sent).toEqual([]);
});

test("an action that fails says why", async () => {
    onRpc("iot.device", "send_action", () => {
        throw makeServerError({ type: "UserError", message: "Line 1 did not answer within 5 seconds." });
    });
    await open(1);
    await contains(SEND).click();
    await settle();
    expect(ANSWER).toHaveText("Line 1 did not answer within 5 seconds.");
    expect(SEND).toBeEnabled();
});

test("a device that is not connected is asked nothing", async () => {
    await open(2);
    expect(SEND).not.toBeEnabled();
    expect(".o_fusion_try_device form").toHaveText(/It is not connected\./);
});

test("what it says is shown, the latest first", async () => {
    await open(2);
    expect(".o_fusion_try_device p").toHaveText(/Nothing heard yet/);
    told = {
        id: 7,
        channels: [
            { channel: "w", quantity: "weight", serial: "", unit: "kg", value: 2.5, quality: "good", at: "2026-03-01 10:00:00" },
        ],
        events: [
            { value: "4006381333931", result: null, status: "", at: "2026-03-01 10:00:01" },
            { value: "", result: 0, status: "error", at: "2026-03-01 10:00:02" },
        ],
        last_event: 2,
    };
    await nudge("device", { device_ids: [7] });
    expect("tbody tr td:last-child").toHaveCount(3);
    expect("tbody tr:eq(0)").toHaveText(/0 · error/);
    expect("tbody tr:eq(1)").toHaveText(/4006381333931/);
    expect("tbody tr:eq(2)").toHaveText(/w · weight · 2.500 kg/);
});
