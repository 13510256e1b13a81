import { describe, expect, test } from "@odoo/hoot";
import { mockTimeZone } from "@odoo/hoot-mock";
import { patchWithCleanup } from "@web/../tests/web_test_helpers";
import { chartLocale, otherZone } from "@fusion_iot_base/chart/chart_locale";
import { user } from "@web/core/user";

describe.current.tags("headless");

const WINTER = Date.parse("2026-01-15T12:00:00Z");
const SUMMER = Date.parse("2026-07-15T12:00:00Z");

test("the zone of the user counts, if the browser knows it", () => {
    patchWithCleanup(user, { tz: "America/New_York" });
    expect(chartLocale().zone).toBe("America/New_York");
    patchWithCleanup(user, { tz: "Nowhere/Town" });
    expect(chartLocale().zone).toBe("local");
});

test("a zone is told only while its clock shows something else than the page", () => {
    mockTimeZone("Europe/Brussels");
    expect(otherZone(WINTER, { zone: "America/New_York" })).toBe("America/New_York");
    expect(otherZone(WINTER, { zone: "Europe/Berlin" })).toBe("");
    expect(otherZone(WINTER, { zone: "Africa/Lagos" })).toBe("");
    expect(otherZone(SUMMER, { zone: "Africa/Lagos" })).toBe("Africa/Lagos");
});
