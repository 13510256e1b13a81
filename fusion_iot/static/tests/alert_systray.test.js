import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    makeMockEnv,
    mockService,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { user } from "@web/core/user";
import { AlertSystray } from "@fusion_iot/alert/alert_systray";
import { mockServerClock, nudge } from "@fusion_iot_base/../tests/live_helpers";

describe.current.tags("desktop");
defineMailModels();

const NONE = { count: 0, unacked: 0, level: "", alerts: [] };
const SILENT = {
    id: 7,
    source: "T05 · Probe 05",
    text: "Silent, last reading 10:42",
    severity: "critical",
    status: "active",
    since: "2026-03-01 10:45:00",
};

let summary;

beforeEach(() => {
    mockDate("2026-03-01 11:00:00", 0);
    summary = NONE;
    mockServerClock();
    onRpc("iot.runtime.worker", "health", () => ({ alive: true, since: false, reason: "", workers: [] }));
    onRpc("iot.alert", "summary", () => summary);
    patchWithCleanup(user, { hasGroup: async () => true });
});

async function start() {
    const env = await makeMockEnv();
    await mountWithCleanup(AlertSystray);
    env.bus.trigger("WEB_CLIENT_READY");
    await advanceTime(0);
    await animationFrame();
}

test("nothing is shown while nothing is open; a nudge is enough to say that something is", async () => {
    await start();
    expect(".o_fusion_alert_button").toHaveCount(0);

    summary = { count: 3, unacked: 1, level: "critical", alerts: [SILENT] };
    await nudge("alert");
    expect(".o_fusion_alert_button .o_fusion_alert_critical").toHaveText("1");
    expect(".o_fusion_alert_button").toHaveAttribute("title", "3 alerts, 1 not acknowledged");

    summary = { ...summary, unacked: 0, level: "" };
    await nudge("alert");
    expect(".o_fusion_alert_button .o_fusion_alert_acked").toHaveText("3");

    summary = NONE;
    await nudge("alert");
    expect(".o_fusion_alert_button").toHaveCount(0);
});

test("the most urgent are listed, and opened", async () => {
    mockService("action", { doAction: (action) => expect.step(action.res_id || action) });
    summary = { count: 3, unacked: 1, level: "critical", alerts: [SILENT] };
    await start();
    await contains(".o_fusion_alert_button").click();
    expect(queryAllTexts(".o_fusion_alert_item")).toEqual([
        "T05 · Probe 05\n15 min\nSilent, last reading 10:42",
    ]);
    expect(".o_fusion_alert_menu").toHaveText(/and 2 more/);
    await contains(".o_fusion_alert_item").click();
    expect.verifySteps([7]);
    await contains(".o_fusion_alert_button").click();
    await contains(".o_fusion_alert_open").click();
    expect.verifySteps(["fusion_iot.iot_alert_action"]);
});
