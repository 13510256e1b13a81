import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { press, queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    getService,
    makeMockEnv,
    mockService,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { user } from "@web/core/user";
import { RuntimeSystray } from "@fusion_iot/runtime/runtime_systray";
import { mockServerClock, nudge } from "@fusion_iot_base/../tests/live_helpers";

describe.current.tags("desktop");
defineMailModels();

const MESSAGE = "The IoT runtime has been down since 10:42 AM: connections such as MQTT take no readings.";

let health;

function worker(id, name, state, last_error = "") {
    return { id, kind: "mqtt", name, state, last_error };
}

const alive = (...workers) => ({ alive: true, since: false, reason: "", workers });
const dead = (...workers) => ({ alive: false, since: "2026-03-01T10:42:00Z", reason: "", workers });

beforeEach(() => {
    mockDate("2026-03-01 11:00:00", 0);
    health = alive();
    mockServerClock();
    onRpc("iot.runtime.worker", "health", () => {
        expect.step("health");
        return health;
    });
    onRpc("iot.alert", "summary", () => ({ count: 0, unacked: 0, level: "", alerts: [] }));
    patchWithCleanup(user, { hasGroup: async () => true });
});

/** The web client is there: the indicator asks for the first time. */
async function start() {
    const env = await makeMockEnv();
    await mountWithCleanup(RuntimeSystray);
    env.bus.trigger("WEB_CLIENT_READY");
    await settle();
}

async function settle() {
    await advanceTime(0);
    await animationFrame();
}

test("nothing is shown while all is well; a nudge is enough to say that it is not", async () => {
    health = alive(worker(1, "Workshop", "connected"));
    await start();
    expect.verifySteps(["health"]);
    expect(".o_fusion_runtime_button").toHaveCount(0);

    health = dead(worker(1, "Workshop", "waiting"));
    await nudge("runtime");
    expect.verifySteps(["health"]);
    expect(".o_fusion_runtime_button .o_fusion_runtime_dead").toHaveText("IoT runtime down since 10:42 AM");
    expect(".o_fusion_runtime_button").toHaveAttribute("title", MESSAGE);
    expect(".o_fusion_runtime_button").toHaveAttribute("aria-label", MESSAGE);
    expect(queryOne(".o_fusion_runtime_button").closest("[role=status]")).not.toBe(null);

    health = alive(worker(1, "Workshop", "connected"));
    await nudge("runtime");
    expect.verifySteps(["health"]);
    expect(".o_fusion_runtime_button").toHaveCount(0);
});

test("a copy of the database is told from a server that is away", async () => {
    const reason = "This looks like a copy of the database: its connections stay stopped.";
    health = { alive: false, copied: true, since: false, reason, workers: [worker(1, "Workshop", "stopped")] };
    await start();
    expect.verifySteps(["health"]);
    expect(".o_fusion_runtime_button .o_fusion_runtime_dead").toHaveText("IoT runtime stopped: a copy");
    expect(".o_fusion_runtime_button").toHaveAttribute("title", reason);
});

test("connections that do not work are counted and listed", async () => {
    mockService("action", { doAction: (action) => expect.step(action) });
    health = alive(
        worker(1, "Workshop", "failed", "The broker refused the password."),
        worker(2, "Yard", "retrying", "No route to host"),
        worker(3, "Line 1", "connected", "Old and gone")
    );
    await start();
    expect.verifySteps(["health"]);
    expect(".o_fusion_runtime_button .o_fusion_runtime_troubled").toHaveText("2");
    expect(".o_fusion_runtime_button").toHaveAttribute("title", "2 workers of the IoT runtime are not working.");

    queryOne(".o_fusion_runtime_button").focus();
    await press("Enter");
    await animationFrame();
    expect(queryAllTexts(".o_fusion_runtime_menu li")).toEqual([
        "WorkshopFailed\nThe broker refused the password.",
        "YardRetrying\nNo route to host",
        "Line 1Connected",
    ]);
    await contains(".o_fusion_runtime_open").click();
    expect.verifySteps(["fusion_iot.iot_runtime_worker_action"]);
});

test("that somebody could not be told of an alert is a trouble, too", async () => {
    mockService("action", { doAction: (action) => expect.step(action) });
    health = { ...alive(worker(1, "Workshop", "connected")), undelivered: 2 };
    await start();
    expect.verifySteps(["health"]);
    const message = "2 messages about alerts could not be delivered.";
    expect(".o_fusion_runtime_button .o_fusion_runtime_troubled").toHaveText("1");
    expect(".o_fusion_runtime_button").toHaveAttribute("title", message);
    await contains(".o_fusion_runtime_button").click();
    await contains(".o_fusion_undelivered_open").click();
    expect.verifySteps(["fusion_iot.iot_alert_delivery_failed_action"]);
});

test("it asks every half minute, and rests while nobody looks", async () => {
    let isHidden = false;
    patchWithCleanup(document, {
        get hidden() {
            return isHidden;
        },
    });
    await start();
    expect.verifySteps(["health"]);
    await advanceTime(29_000);
    expect.verifySteps([]);
    await advanceTime(1_000);
    expect.verifySteps(["health"]);

    isHidden = true;
    document.dispatchEvent(new Event("visibilitychange"));
    await advanceTime(300_000);
    expect.verifySteps([]);
    isHidden = false;
    document.dispatchEvent(new Event("visibilitychange"));
    await settle();
    expect.verifySteps(["health"]);
});

test("who is not in the group does not ask", async () => {
    patchWithCleanup(user, { hasGroup: async () => false });
    await start();
    await advanceTime(60_000);
    expect.verifySteps([]);
});

test("a server that is away is not its business", async () => {
    health = dead(worker(1, "Workshop", "waiting"));
    await start();
    expect.verifySteps(["health"]);
    const away = () => {
        expect.step("lost");
        return new Response("", { status: 502 });
    };
    onRpc("/web/dataset/call_kw/iot.runtime.worker/health", away, { pure: true });
    await advanceTime(30_000);
    await animationFrame();
    expect.verifySteps(["lost"]);
    expect(getService("fusion_live").state).toInclude(["fetchLost", false]);
    expect(".o_fusion_runtime_button").toHaveText("IoT runtime down since 10:42 AM");
});

test("the banner is under live values only, and not when nobody knows", async () => {
    mockService("action", { doAction: (action) => expect.step(action) });
    health = dead(worker(1, "Workshop", "waiting"));
    await start();
    expect.verifySteps(["health"]);
    expect(".o_fusion_runtime_banner").toHaveCount(0);

    const live = getService("fusion_live");
    const member = live.add(async () => true);
    await animationFrame();
    expect(".o_fusion_runtime_banner[role=alert] span").toHaveText(MESSAGE);
    await contains(".o_fusion_runtime_banner button").click();
    expect.verifySteps(["fusion_iot.iot_runtime_worker_action"]);

    live.state.fetchLost = true;
    await animationFrame();
    expect(".o_fusion_runtime_banner").toHaveCount(0);

    live.state.fetchLost = false;
    health = dead(worker(1, "Workshop", "waiting"), worker(2, "Yard", "connected"));
    await nudge("runtime");
    expect.verifySteps(["health"]);
    expect(".o_fusion_runtime_banner span").toHaveText(
        "Not running on any server since 10:42 AM: Workshop."
    );
    member.stop();
});
