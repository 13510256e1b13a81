import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, getService, makeMockEnv, mockService, mountWithCleanup, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { MainComponentsContainer } from "@web/core/main_components_container";
import { AlertSound } from "@fusion_iot/alert/alert_sound";

describe.current.tags("desktop");
defineMailModels();

const TOLD = { key: "m1", title: "Critical: Pump: silent", lines: [], more: 0, severity: "critical", alert_ids: [7], sound: true };

class FakeContext {
    currentTime = 0;
    destination = "speaker";
    resume() {}
    createOscillator() {
        return { frequency: {}, connect: (next) => next, start: () => expect.step("tone"), stop() {} };
    }
    createGain() {
        const ramp = { setValueAtTime() {}, exponentialRampToValueAtTime() {} };
        return { gain: ramp, connect() {} };
    }
}

beforeEach(() => {
    patchWithCleanup(AlertSound.prototype, { makeContext: () => new FakeContext() });
    mockService("multi_tab", { isOnMainTab: async () => true });
    mockService("action", { doAction: (action) => expect.step(action.res_model || action) });
    onRpc("iot.alert", "action_acknowledge", ({ args }) => {
        expect.step(["acknowledged", ...args[0]]);
        return true;
    });
});

async function tell(told) {
    getService("fusion_alert_notification").show({ ...TOLD, ...told });
    await animationFrame();
    await animationFrame();
}

async function start() {
    await makeMockEnv();
    await mountWithCleanup(MainComponentsContainer);
}

test("it is shown once, and acknowledged or opened from there", async () => {
    await start();
    await tell();
    await tell();
    expect(".o_fusion_alert_told").toHaveCount(1);
    expect(".o_fusion_alert_told .o_notification_content").toHaveText("Critical: Pump: silent");
    expect(queryAllTexts(".o_fusion_alert_told button.btn-link")).toEqual(["Acknowledge", "Open"]);
    await contains(".o_fusion_alert_told button:contains(Acknowledge)").click();
    expect.verifySteps([["acknowledged", 7]]);
    expect(".o_fusion_alert_told").toHaveCount(0);

    await tell({ key: "m2", alert_ids: [7, 8], lines: ["A", "B"], more: 3, title: "5 alerts" });
    expect(".o_fusion_alert_told .o_notification_content").toHaveText("5 alerts. A\nB\nAnd 3 more.");
    await contains(".o_fusion_alert_told button:contains(Open)").click();
    expect.verifySteps(["tone", "tone", "tone", "fusion_iot.iot_alert_action"]);
});

test("what is on its buttons stands in one line", async () => {
    await start();
    await tell({ title: "Critical: Probe of the electroless nickel tank T05: silent, last reading 10:42 AM" });
    const { height, top } = queryOne(".o_fusion_alert_told button:contains(Acknowledge)").getBoundingClientRect();
    const open = queryOne(".o_fusion_alert_told button:contains(Open)").getBoundingClientRect();
    expect([open.height, open.top]).toEqual([height, top]);
    expect(top).toBeGreaterThan(queryOne(".o_fusion_alert_told .o_notification_content").getBoundingClientRect().bottom - 1);
});

test("what is over, and a test, have nothing to acknowledge", async () => {
    await start();
    await tell({ severity: "over", sound: false });
    expect(queryAllTexts(".o_fusion_alert_told button.btn-link")).toEqual(["Open"]);
    await tell({ key: "m2", severity: "info", alert_ids: [], sound: false });
    expect(".o_fusion_alert_told").toHaveCount(2);
});

test("it rings after the first click only, and not where it is muted", async () => {
    await start();
    await tell();
    expect.verifySteps([]);
    await click(".o_fusion_alert_told");
    await tell({ key: "m2" });
    expect.verifySteps(["tone", "tone", "tone"]);
    getService("fusion_alert_notification").sound.isMuted = true;
    await tell({ key: "m3" });
    expect.verifySteps([]);
    getService("fusion_alert_notification").sound.isMuted = false;
    await tell({ key: "m4", sound: false });
    expect.verifySteps([]);
    await tell({ key: "m5" });
    expect.verifySteps(["tone", "tone", "tone"]);
});

test("it goes when nothing that it tells of is active any more", async () => {
    let active = [7, 8];
    onRpc("iot.alert", "search", ({ args: [domain] }) => active.filter((id) => domain[0][2].includes(id)));
    await start();
    await tell();
    await tell({ key: "m2", title: "2 alerts", alert_ids: [7, 8] });
    await tell({ key: "m3", title: "Over: Pump", severity: "over" });
    const refresh = async () => {
        getService("fusion_live").refreshAll();
        await animationFrame();
        await animationFrame();
        return queryAllTexts(".o_fusion_alert_told .o_notification_content");
    };
    expect(await refresh()).toHaveLength(3);
    active = [8];
    expect(await refresh()).toEqual(["2 alerts", "Over: Pump"]);
    active = [];
    expect(await refresh()).toEqual(["Over: Pump"]);
});
