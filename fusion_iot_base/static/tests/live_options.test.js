import { describe, expect, test } from "@odoo/hoot";
import { parseXML } from "@web/core/utils/xml";
import { liveOptions } from "@fusion_iot_base/live_views/live_options";

describe.current.tags("headless");

test("class names say what a view follows", () => {
    expect(liveOptions(parseXML(`<list/>`))).toEqual({ kinds: [], pollEvery: undefined });
    expect(liveOptions(parseXML(`<list class="o_live_reading  o_x o_live_hold"/>`))).toEqual({
        kinds: ["reading", "hold"],
        pollEvery: undefined,
    });
    expect(liveOptions(parseXML(`<form class="o_live_runtime o_live_every_5"/>`))).toEqual({
        kinds: ["runtime"],
        pollEvery: 5000,
    });
});
