import { describe, expect, test } from "@odoo/hoot";
import { statusNow } from "@fusion_plating_iot/tank_kanban/status";

describe.current.tags("headless");

test("what is heard turns silent by age alone", () => {
    for (const status of ["ok", "not_judged", "action", "out_of_spec", "suspect"]) {
        expect(statusNow(status, 90, 90)).toBe(status);
        expect(statusNow(status, 91, 90)).toBe("silent");
        expect(statusNow(status, 1e6, 0)).toBe(status);
    }
});

test("a fault stays a fault, and no data stays no data", () => {
    expect(statusNow("fault", 1e6, 90)).toBe("fault");
    expect(statusNow("no_data", null, 90)).toBe("no_data");
    expect(statusNow("silent", 5, 90)).toBe("silent");
});
