import { describe, expect, test } from "@odoo/hoot";
import { connectionLevel } from "@fusion_iot_base/live/connection_level";

describe.current.tags("headless");

const LIVE = { listeners: 1, busLost: false, fetchLost: false, fetchProved: true };

test("a healthy connection, or a page without live values, says nothing", () => {
    expect(connectionLevel(LIVE)).toBe("ok");
    expect(connectionLevel({ ...LIVE, listeners: 0, busLost: true, fetchLost: true })).toBe("ok");
});

test("a lost channel counts as lost until a fetch proves otherwise", () => {
    expect(connectionLevel({ ...LIVE, busLost: true, fetchProved: false })).toBe("lost");
    expect(connectionLevel({ ...LIVE, busLost: true })).toBe("slow");
});

test("a fetch that does not reach the server is a lost connection", () => {
    expect(connectionLevel({ ...LIVE, fetchLost: true })).toBe("lost");
    expect(connectionLevel({ ...LIVE, busLost: true, fetchLost: true })).toBe("lost");
});
