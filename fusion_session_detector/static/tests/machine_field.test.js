import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, queryFirst } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, defineModels, fields, getService, MockServer, models, mountView } from "@web/../tests/web_test_helpers";
import { mockServerClock, nudge } from "@fusion_iot_base/../tests/live_helpers";

describe.current.tags("desktop");

class Session extends models.Model {
    _name = "mqtt.session";
    name = fields.Char();
    status = fields.Selection({ selection: [["running", "Running"], ["completed", "Completed"]] });
    device_id = fields.Many2one({ relation: "iot.device" });
    current_power_w = fields.Float();
    current_state = fields.Selection({ selection: [["idle", "Idle"], ["standby", "Standby"], ["working", "Working"]] });
    start_time = fields.Datetime();
    total_duration_s = fields.Float();
    working_duration_s = fields.Float();
    standby_duration_s = fields.Float();
    _records = [
        {
            id: 7,
            name: "Lathe",
            status: "running",
            device_id: 1,
            current_power_w: 742,
            current_state: "working",
            start_time: "2026-03-01 09:55:00",
            total_duration_s: 70,
            working_duration_s: 10,
            standby_duration_s: 60,
        },
        {
            id: 8,
            name: "Saw",
            status: "completed",
            device_id: 1,
            current_power_w: 12_400,
            current_state: "idle",
            start_time: "2026-03-01 09:00:00",
            total_duration_s: 7500,
            working_duration_s: 7500,
        },
    ];
}

class Machine extends models.Model {
    _name = "iot.device";
    name = fields.Char();
    session_state = fields.Selection({
        selection: [["idle", "Idle"], ["starting", "Starting"], ["standby", "Standby"], ["working", "Working"]],
    });
    current_power_w = fields.Float();
    session_state_at = fields.Datetime();
    session_silent_after_s = fields.Float();
    session_held = fields.Boolean();
    running_since = fields.Datetime();
    running_session_id = fields.Many2one({ relation: "mqtt.session" });
    standby_threshold_w = fields.Float({ string: "Standby from (W)" });
    stop_threshold_w = fields.Float();
    false_zero_s = fields.Float();
    _records = [
        {
            id: 1,
            name: "Lathe",
            session_state: "working",
            current_power_w: 742,
            session_state_at: "2026-03-01 09:59:50",
            session_silent_after_s: 150,
            running_since: "2026-03-01 09:55:40",
            running_session_id: 7,
            standby_threshold_w: 20,
        },
        { id: 2, name: "Saw", session_state: "idle", current_power_w: 0, session_state_at: "2026-03-01 09:00:00", session_silent_after_s: 150 },
        { id: 3, name: "Drill", session_state: false },
    ];
}

class Channel extends models.Model {
    _name = "iot.device.channel";
    device_id = fields.Many2one({ relation: "iot.device" });
    channel = fields.Char();
    quantity = fields.Char();
    last_value = fields.Float();
    last_at = fields.Datetime();
    _records = [
        { id: 1, device_id: 1, channel: "switch:0", quantity: "power", last_value: 123.8, last_at: "2026-03-01 09:59:45" },
        { id: 2, device_id: 1, channel: "switch:1", quantity: "power", last_value: 5, last_at: "2026-03-01 09:59:45" },
        { id: 3, device_id: 1, channel: "switch:0", quantity: "voltage", last_value: 230, last_at: "2026-03-01 09:59:45" },
    ];
}

defineMailModels();
defineModels([Session, Machine, Channel]);

beforeEach(() => {
    mockDate("2026-03-01 10:00:00", +0);
    mockServerClock();
});

function openMachines() {
    return mountView({
        type: "kanban",
        resModel: "iot.device",
        arch: `<kanban js_class="fusion_live_kanban"><templates><t t-name="card">
            <field name="name"/><field name="session_state" widget="fusion_machine"/>
        </t></templates></kanban>`,
    });
}

function hear(machines) {
    getService("fusion_machines").onMachines({ machines });
    return animationFrame();
}

test("a machine shows its phase in words, its power, and since when its session runs", async () => {
    await openMachines();
    expect(queryAllTexts(".o_fusion_machine_phase")).toEqual(["Working", "Idle", "Waiting for a message"]);
    expect(queryAllTexts(".o_fusion_machine_power")).toEqual(["742 W", "0 W", "–"]);
    // Some seconds may have gone by until it was shown.
    const running = () => queryAllTexts(".o_fusion_machine_elapsed").map((text) => text.match(/^running for 4 min (\d+) s$/)[1]);
    expect(Number(running())).toBeWithin(20, 24);
    await advanceTime(5000);
    expect(Number(running())).toBeWithin(25, 30);
});

test("a machine that is idle since its session was ended by hand says so, until it is not idle", async () => {
    await openMachines();
    expect(".o_fusion_machine_held").toHaveCount(0);
    MockServer.env["iot.device"].write([2], { session_held: true, current_power_w: 180 });
    await nudge("session", { device_ids: [2] }, 1000);
    expect(".o_fusion_machine_held").toHaveCount(1);
    expect(".o_kanban_record:eq(1) .o_fusion_machine_held").toHaveText(/^Ended by hand\./);
    await hear({ 2: { power_w: 180, phase: "working", at: "2026-03-01T10:00:00Z" } });
    expect(".o_fusion_machine_held").toHaveCount(0);
});

test("a value that is too old says so", async () => {
    await openMachines();
    expect(".o_fusion_machine_old").toHaveCount(1);
    expect(".o_fusion_machine_old .o_fusion_machine_foot").toHaveText("value of 1 h ago");
    expect(".o_kanban_record:eq(0) .o_fusion_machine_age").toHaveText(/^1\d s ago$/);
    await advanceTime(200_000);
    await animationFrame();
    expect(".o_fusion_machine_old").toHaveCount(2);
});

test("what is heard shows at once, in the same element; what is older than it does not", async () => {
    await openMachines();
    const power = queryFirst(".o_fusion_machine_power");
    await hear({ 1: { power_w: 1234.4, phase: "standby", at: "2026-03-01T10:00:00.250Z" } });
    expect(power).toHaveText("1,234 W");
    expect(power.isConnected).toBe(true);
    expect(queryAllTexts(".o_fusion_machine_phase")).toEqual(["Standby", "Idle", "Waiting for a message"]);
    await hear({ 1: { power_w: 5, phase: "idle", at: "2026-03-01T09:59:59Z" } });
    expect(power).toHaveText("1,234 W");
    await hear({ 2: { power_w: 5, phase: "idle", at: "2026-03-01T08:59:59Z" } });
    expect(".o_kanban_record:eq(1) .o_fusion_machine_power").toHaveText("0 W");
});

test("a record that knows more than what was heard counts", async () => {
    await openMachines();
    await hear({ 1: { power_w: 1234, phase: "standby", at: "2026-03-01T10:00:00Z" } });
    MockServer.env["iot.device"].write([1], { current_power_w: 600, session_state_at: "2026-03-01 10:00:20" });
    await nudge("session", { device_ids: [1] }, 1000);
    expect(".o_fusion_machine_power:eq(0)").toHaveText("600 W");
});

test("sessions in a list: power in W or kW, live only while they run, and lengths in words", async () => {
    await mountView({
        type: "list",
        resModel: "mqtt.session",
        arch: `<list><field name="name"/>
            <field name="current_power_w" widget="fusion_power" options="{'device_field': 'device_id'}"/>
            <field name="total_duration_s" widget="fusion_duration"/></list>`,
    });
    expect(queryAllTexts(".o_fusion_power")).toEqual(["742 W", "12.4 kW"]);
    expect(queryAllTexts(".o_fusion_duration")).toEqual(["1 min 10 s", "2 h 05 min"]);
    await hear({ 1: { power_w: 900, phase: "working", at: "2026-03-01T10:00:00Z" } });
    expect(queryAllTexts(".o_fusion_power")).toEqual(["900 W", "12.4 kW"]);
});

test("durations of a running session grow from its start, those of an ended one stay", async () => {
    await mountView({
        type: "list",
        resModel: "mqtt.session",
        arch: `<list><field name="total_duration_s" widget="fusion_session_duration"/>
            <field name="working_duration_s" widget="fusion_session_duration"/>
            <field name="standby_duration_s" widget="fusion_session_duration"/></list>`,
    });
    const texts = () => queryAllTexts(".o_fusion_duration");
    const seconds = (text) => Number(text.match(/^(\d+) min/)[1]) * 60 + Number(text.match(/(\d+) s$/)[1]);
    const [total, working, standby, ...ended] = texts();
    // Some seconds may have gone by until it was shown.
    expect(seconds(total)).toBeWithin(300, 330);
    expect(seconds(working)).toBe(seconds(total) - 60);
    expect(standby).toBe("1 min 00 s");
    expect(ended).toEqual(["2 h 05 min", "2 h 05 min", "0 s"]);
    await advanceTime(5000);
    expect(seconds(texts()[0])).toBeWithin(seconds(total) + 5, seconds(total) + 10);
    expect(texts().slice(3)).toEqual(ended);
});

test("the channel that measures the machine shows the power that was heard, and its age", async () => {
    await mountView({
        type: "list",
        resModel: "iot.device.channel",
        arch: `<list><field name="last_value" widget="fusion_channel_value"/>
            <field name="last_at" widget="fusion_channel_age"/></list>`,
    });
    const values = () => queryAllTexts("td[name=last_value]");
    expect(values()).toEqual(["123.80", "5.00", "230.00"]);
    await hear({ 1: { power_w: 149, phase: "working", at: "2026-03-01T10:00:00Z", channel: "switch:0" } });
    expect(values()).toEqual(["149.00", "5.00", "230.00"]);
    const [age, other] = queryAllTexts(".o_data_row time").map((text) => Number.parseInt(text));
    expect(age).toBeLessThan(other);
    await hear({ 1: { power_w: 3, phase: "working", at: "2026-03-01T10:00:02Z", channel: "switch:1" } });
    expect(values()).toEqual(["123.80", "3.00", "230.00"]);
});

test("a setting that is 0 says what that stands for, by what is on the screen", async () => {
    await mountView({
        type: "form",
        resModel: "iot.device",
        resId: 1,
        arch: `<form><field name="standby_threshold_w"/>
            <field name="stop_threshold_w" widget="fusion_setting" options="{'zero_field': 'standby_threshold_w', 'unit': 'W'}"/>
            <field name="false_zero_s" widget="fusion_setting"/></form>`,
    });
    expect(queryAllTexts(".o_fusion_setting_zero")).toEqual(["0: 20 W", "0: off"]);
    expect("[name=stop_threshold_w] .o_fusion_setting_zero").toHaveAttribute("title", "As “Standby from (W)”");
    await contains("[name=standby_threshold_w] input").edit("35");
    expect(queryAllTexts(".o_fusion_setting_zero")).toEqual(["0: 35 W", "0: off"]);
    await contains("[name=stop_threshold_w] input").edit("12");
    expect(queryAllTexts(".o_fusion_setting_zero")).toEqual(["0: off"]);
});
