import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { mockServerClock, nudge } from "@fusion_iot_base/../tests/live_helpers";

describe.current.tags("desktop");

const PLACE = { channel: "t:0", quantity: "temperature" };

class Sample extends models.Model {
    device_source = fields.Json();
    value = fields.Float();
    read_at = fields.Datetime();

    _records = [
        { id: 1, device_source: { identifier: "probe", ...PLACE, unit: "°F", scale: 1.8, offset: 32, stale_after: 300 } },
        { id: 2, device_source: { identifier: "probe", ...PLACE, unit: "°C" } },
        { id: 3, device_source: false },
    ];
}

const ARCH = `<form>
    <field name="device_source" invisible="1"/><field name="value" digits="[16, 2]"/><field name="read_at"/>
    <widget name="fusion_take_value" source="device_source" value="value" at="read_at"/>
</form>`;
const BUTTON = ".o_fusion_take_value button";
const NOW = ".o_fusion_take_value_now";

let channels;
let asked;

defineMailModels();
defineModels([Sample]);

beforeEach(() => {
    mockDate("2026-03-01 10:00:00", +0);
    channels = [row(87.5), row(3, { quantity: "battery" }), row(12, { channel: "t:1" })];
    mockServerClock();
    asked = [];
    onRpc("iot.device", "listen", ({ args }) => {
        asked.push(args[0]);
        return { probe: { id: 7, channels, events: [], last_event: 0 } };
    });
});

function row(value, values = {}) {
    return { ...PLACE, serial: "", unit: "°C", value, quality: "good", at: "2026-03-01 09:57:30", ...values };
}

async function open(resId) {
    await mountView({ type: "form", resModel: "sample", resId, arch: ARCH });
    await advanceTime(10);
    await animationFrame();
}

test("shows the value of the channel with its age, and fills value and time in the unit of the field", async () => {
    await open(1);
    expect(NOW).toHaveText("189.5 °F");
    expect(".o_fusion_take_value time").toHaveText("2 min");
    await contains(BUTTON).click();
    expect(".o_field_widget[name=value] input").toHaveValue("189.50");
    expect(".o_field_widget[name=read_at]").toHaveText("Mar 1, 9:57 AM");
    expect(asked).toEqual([["probe"]]);
});

test("a new value comes by itself; the one that was taken stays", async () => {
    await open(2);
    await contains(BUTTON).click();
    channels = [row(88.25, { at: "2026-03-01 10:00:00" })];
    await nudge("device", { device_ids: [7] }, 200);
    expect(NOW).toHaveText("88.25 °C");
    expect(".o_field_widget[name=value] input").toHaveValue("87.50");
    expect(asked).toHaveLength(2);
});

test("what is too old or broken can not be taken", async () => {
    await open(1);
    expect(BUTTON).toBeEnabled();
    channels = [];
    await advanceTime(200_000);
    await animationFrame();
    expect(".o_fusion_take_value .o_fusion_age_stale").toHaveCount(1);
    expect(BUTTON).not.toBeEnabled();
    channels = [row(null, { quality: "bad", at: "2026-03-01 10:03:20" })];
    await nudge("device", { device_ids: [7] }, 200);
    expect(NOW).toHaveText("Sensor fault");
    expect(BUTTON).not.toBeEnabled();
});

test("without a source there is nothing to take, and nothing is asked for", async () => {
    await open(3);
    expect(NOW).toHaveText("Nothing heard yet");
    expect(BUTTON).not.toBeEnabled();
    expect(asked).toEqual([]);
});
